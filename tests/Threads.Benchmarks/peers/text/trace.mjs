// The editing trace through loro-crdt: node trace.mjs <trace.json.gz> [rounds]. Prints one JSON line: medians in seconds, sizes in bytes.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { LoroDoc } from "loro-crdt";

const trace = JSON.parse(gunzipSync(readFileSync(process.argv[2])).toString());
const edits = trace.txns.flatMap((t) => t.patches);
const rounds = Number(process.argv[3] ?? 5);
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const timed = (work) => {
  const from = process.hrtime.bigint();
  const result = work();
  return [Number(process.hrtime.bigint() - from) / 1e9, result];
};

function apply(commitEach) {
  const doc = new LoroDoc();
  const text = doc.getText("text");
  let n = 0;
  for (const [position, deleted, inserted] of edits) {
    if (deleted > 0) text.delete(position, deleted);
    if (inserted.length > 0) text.insert(position, inserted);
    if (++n % commitEach === 0) doc.commit();
  }
  doc.commit();
  return doc;
}

const applied = [], exported = [], imported = [], merged = [];
let size = 0, snapshot = 0;
for (let round = 0; round <= rounds; round++) {
  const [a, doc] = timed(() => apply(1000));
  if (doc.getText("text").toString() !== trace.endContent) throw new Error("loro ends with another text");
  const [e, bytes] = timed(() => doc.export({ mode: "update" }));
  const [i, copy] = timed(() => {
    const other = new LoroDoc();
    other.import(bytes);
    return other;
  });
  if (copy.getText("text").toString() !== trace.endContent) throw new Error("the copy ends with another text");

  // Two that type 5,000 characters each offline, at the beginning and in the middle, one commit a character.
  const side = (peer, at) => {
    const d = new LoroDoc();
    d.setPeerId(peer);
    d.import(bytes);
    const t = d.getText("text");
    for (let k = 0; k < 5000; k++) {
      t.insert(at + k, String.fromCharCode(97 + (k % 26)));
      d.commit();
    }
    return d;
  };
  const one = side(1n, 0), two = side(2n, 50000);
  const [m] = timed(() => {
    one.import(two.export({ mode: "update", from: one.version() }));
    two.import(one.export({ mode: "update", from: two.version() }));
  });
  if (one.getText("text").toString() !== two.getText("text").toString()) throw new Error("the two end with different texts");
  size = bytes.length;
  snapshot = doc.export({ mode: "snapshot" }).length;
  if (round > 0) {
    applied.push(a);
    exported.push(e);
    imported.push(i);
    merged.push(m);
  }
}

console.log(JSON.stringify({ edits: edits.length, apply: median(applied), export: median(exported), import: median(imported), merge: median(merged), size, snapshot }));
