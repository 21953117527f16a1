// js-libp2p 3.x asks for Node 22; what Node 20 lacks of it.
import { WebSocket } from 'ws'

globalThis.WebSocket ??= WebSocket
Promise.withResolvers ??= () => {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}
if (typeof globalThis.Iterator === 'undefined') {
  const iterators = Object.getPrototypeOf(Object.getPrototypeOf([].values()))
  const missing = {
    * map (f) { let i = 0; for (const x of this) yield f(x, i++) },
    * filter (f) { let i = 0; for (const x of this) if (f(x, i++)) yield x },
    * take (n) { if (n > 0) for (const x of this) { yield x; if (--n === 0) return } },
    toArray () { return [...this] },
    some (f) { for (const x of this) if (f(x)) return true; return false },
    every (f) { for (const x of this) if (!f(x)) return false; return true },
    find (f) { for (const x of this) if (f(x)) return x },
    forEach (f) { for (const x of this) f(x) },
    reduce (f, a) { for (const x of this) a = f(a, x); return a }
  }
  for (const [name, value] of Object.entries(missing)) if (!(name in iterators)) Object.defineProperty(iterators, name, { value, configurable: true, writable: true })
}
