// Types an editing trace, edit by edit, and saves it with its history. Prints "name <tab> seconds <tab> bytes of the saved document". The trace is a gzipped JSON of
// transactions of patches [position, deleted, inserted] (the format of josephg/editing-traces).
import fs from 'node:fs';
import zlib from 'node:zlib';
import { LoroDoc } from 'loro-crdt';
import * as Y from 'yjs';

const trace = JSON.parse(zlib.gunzipSync(fs.readFileSync(process.argv[2])));
const patches = trace.txns.flatMap(t => t.patches);

function run(name, type, text, save) {
  const from = process.hrtime.bigint();
  for (const [position, deleted, inserted] of patches) type(position, deleted, inserted);
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  if (text() !== trace.endContent) throw new Error(`${name}: the text is another one.`);
  console.log(`${name}\t${seconds}\t${save().length}`);
}

{
  const doc = new Y.Doc();
  const text = doc.getText('t');
  run('yjs', (at, deleted, inserted) => doc.transact(() => {
    if (deleted) text.delete(at, deleted);
    if (inserted) text.insert(at, inserted);
  }), () => text.toString(), () => Y.encodeStateAsUpdate(doc));
}
{
  const doc = new LoroDoc();
  const text = doc.getText('t');
  run('loro-crdt', (at, deleted, inserted) => {
    if (deleted) text.delete(at, deleted);
    if (inserted) text.insert(at, inserted);
  }, () => text.toString(), () => { doc.commit(); return doc.export({ mode: 'snapshot' }); });
}
