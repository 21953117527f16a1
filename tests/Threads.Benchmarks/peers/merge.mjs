// Two writers with a common beginning make so many offline changes each, one note a change, and then exchange what the other lacks until both hold the same.
// Prints "name <tab> seconds of the exchange <tab> bytes exchanged". Nothing here signs, encrypts or writes a file.
import * as Automerge from '@automerge/automerge';
import { LoroDoc } from 'loro-crdt';
import * as Y from 'yjs';

const count = Number(process.argv[2] ?? 5000);

function note(writer, i) {
  return { id: `${writer}${String(i).padStart(15, '0')}`, title: `A title, number ${String(i).padStart(4, '0')}`, body: 'seven seven '.repeat(10), number: i % 100, stamp: 1700000000000 + i };
}

function print(name, seconds, bytes, same) {
  if (!same) throw new Error(`${name}: the two did not end equal.`);
  console.log(`${name}\t${seconds}\t${bytes}`);
}

function timed(work) {
  const from = process.hrtime.bigint();
  const result = work();
  return [Number(process.hrtime.bigint() - from) / 1e9, result];
}

function automerge() {
  let one = Automerge.change(Automerge.init(), d => { d.notes = {}; });
  let two = Automerge.clone(one);
  for (let i = 0; i < count; i++) {
    const [a, b] = [note('a', i), note('b', i)];
    one = Automerge.change(one, d => { d.notes[a.id] = a; });
    two = Automerge.change(two, d => { d.notes[b.id] = b; });
  }

  const [seconds, bytes] = timed(() => {
    const forTwo = Automerge.getChanges(two, one);
    const forOne = Automerge.getChanges(one, two);
    [one] = Automerge.applyChanges(one, forOne);
    [two] = Automerge.applyChanges(two, forTwo);
    return [...forOne, ...forTwo].reduce((sum, c) => sum + c.length, 0);
  });
  const keys = d => Object.keys(d.notes).length;
  print('automerge', seconds, bytes, keys(one) === 2 * count && keys(two) === 2 * count && Automerge.getHeads(one).sort().join() === Automerge.getHeads(two).sort().join());
}

function yjs() {
  const [one, two] = [new Y.Doc(), new Y.Doc()];
  for (let i = 0; i < count; i++) {
    for (const [doc, writer] of [[one, 'a'], [two, 'b']]) {
      const n = note(writer, i);
      doc.transact(() => doc.getMap('notes').set(n.id, new Y.Map(Object.entries(n))));
    }
  }

  const [seconds, bytes] = timed(() => {
    const forTwo = Y.encodeStateAsUpdate(one, Y.encodeStateVector(two));
    const forOne = Y.encodeStateAsUpdate(two, Y.encodeStateVector(one));
    Y.applyUpdate(two, forTwo);
    Y.applyUpdate(one, forOne);
    return forOne.length + forTwo.length;
  });
  const text = d => JSON.stringify(Object.entries(d.getMap('notes').toJSON()).sort());
  print('yjs', seconds, bytes, one.getMap('notes').size === 2 * count && text(one) === text(two));
}

function loro() {
  const [one, two] = [new LoroDoc(), new LoroDoc()];
  for (let i = 0; i < count; i++) {
    for (const [doc, writer] of [[one, 'a'], [two, 'b']]) {
      const n = note(writer, i);
      doc.getMap('notes').set(n.id, n);
      doc.commit();
    }
  }

  const [seconds, bytes] = timed(() => {
    const forTwo = one.export({ mode: 'update', from: two.version() });
    const forOne = two.export({ mode: 'update', from: one.version() });
    two.import(forTwo);
    one.import(forOne);
    return forOne.length + forTwo.length;
  });
  print('loro-crdt', seconds, bytes, one.getMap('notes').size === 2 * count && one.version().toJSON().size === two.version().toJSON().size);
}

for (const run of [yjs, loro, automerge]) run();
