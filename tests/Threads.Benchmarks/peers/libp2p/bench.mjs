// The network rows by js-libp2p: both ends in Node, one process each. Prints "name<TAB>seconds<TAB>count" a line.
//   node bench.mjs serve            a peer that echoes, sinks and sends; prints its address
//   node bench.mjs run MB STREAMS DIALS MESSAGES
import './polyfill.mjs'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { createLibp2p } from 'libp2p'
import { tcp } from '@libp2p/tcp'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@libp2p/yamux'
import { identify } from '@libp2p/identify'
import { gossipsub } from '@libp2p/gossipsub'
import { multiaddr } from '@multiformats/multiaddr'

const ids = { echo: '/bench/echo/1', sink: '/bench/sink/1', source: '/bench/source/1' }
const topic = 'bench'
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function makeNode (listen, gossip) {
  return createLibp2p({
    addresses: { listen: listen ? ['/ip4/127.0.0.1/tcp/0'] : [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 100_000, maxIncomingPendingConnections: 1_000, maxConnections: 2_000 },
    connectionGater: { denyDialMultiaddr: () => false },
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      ...(gossip ? { pubsub: gossipsub({ allowPublishToZeroTopicPeers: true, scoreParams: { IPColocationFactorWeight: 0 } }) } : {})
    }
  })
}

async function drain (stream) {
  let size = 0
  for await (const chunk of stream) size += chunk.byteLength
  return size
}

async function send (stream, size) {
  const chunk = new Uint8Array(65536)
  for (let left = size; left > 0; left -= chunk.byteLength) {
    if (!stream.send(left < chunk.byteLength ? chunk.subarray(0, left) : chunk)) await stream.onDrain()
  }
}

async function serve (gossip) {
  const node = await makeNode(true, gossip)
  const limits = { maxInboundStreams: 10_000, maxOutboundStreams: 10_000 }
  await node.handle(ids.echo, async (stream) => {
    for await (const chunk of stream) if (!stream.send(chunk)) await stream.onDrain()
    await stream.close()
  }, limits)
  await node.handle(ids.sink, async (stream) => {
    await drain(stream)
    stream.send(new Uint8Array(1))
    await stream.close()
  }, limits)
  await node.handle(ids.source, async (stream) => {
    for await (const chunk of stream) {
      await send(stream, new DataView(chunk.subarray().buffer, chunk.subarray().byteOffset).getUint32(0))
      break
    }
    await stream.close()
  }, limits)
  return node
}

async function timed (name, count, work) {
  const from = performance.now()
  await work()
  process.stdout.write(`${name}\t${(performance.now() - from) / 1000}\t${count}\n`)
}

const [mode, ...numbers] = process.argv.slice(2)
if (mode === 'serve') {
  const node = await serve(false)
  process.stdout.write(node.getMultiaddrs()[0].toString() + '\n')
  process.stdin.resume()
  process.stdin.on('end', () => process.exit(0))
} else {
  const [megabytes, streams, dials, messages] = numbers.map(Number)
  const server = spawn(process.execPath, [process.argv[1], 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const address = multiaddr(await new Promise((resolve) => createInterface({ input: server.stdout }).once('line', resolve)))
  const node = await makeNode(false, false)
  const connection = await node.dial(address)
  const open = (id) => connection.newStream(id, { maxOutboundStreams: 10_000 })
  const size = megabytes * 1024 * 1024

  const up = async (bytes) => {
    const stream = await open(ids.sink)
    await send(stream, bytes)
    await stream.close()
    await drain(stream)
  }
  const down = async (bytes) => {
    const stream = await open(ids.source)
    const asked = new Uint8Array(4)
    new DataView(asked.buffer).setUint32(0, bytes)
    stream.send(asked)
    const got = await drain(stream)
    if (got !== bytes) throw new Error(`${got} of ${bytes} bytes came`)
    await stream.close()
  }
  const exchange = async () => {
    const stream = await open(ids.echo)
    stream.send(new Uint8Array(32))
    await stream.close()
    const got = await drain(stream)
    if (got !== 32) throw new Error(`${got} of 32 bytes came back`)
  }

  await up(size / 8); await down(size / 8)
  await timed('up', size, () => up(size))
  await timed('down', size, () => down(size))
  for (let i = 0; i < streams / 10; i++) await exchange()
  await timed('streams', streams, async () => { for (let i = 0; i < streams; i++) await exchange() })
  await timed('streams32', streams, async () => {
    let left = streams
    await Promise.all(Array.from({ length: 32 }, async () => { while (left-- > 0) await exchange() }))
  })

  const dial = async () => {
    const dialer = await makeNode(false, false)
    return async () => {
      const c = await dialer.dial(address)
      const stream = await c.newStream(ids.echo)
      stream.send(new Uint8Array(1))
      await new Promise((resolve) => stream.addEventListener('message', resolve, { once: true }))
      return async () => { await c.close(); await dialer.stop() }
    }
  }
  let seconds = 0
  for (let i = -2; i < dials; i++) {
    const go = await dial()
    const from = performance.now()
    const close = await go()
    if (i >= 0) seconds += (performance.now() - from) / 1000
    await close()
  }
  process.stdout.write(`dial\t${seconds}\t${dials}\n`)
  await node.stop()
  server.stdin.end()

  // One publishes, five hear it; all in this process, as ours are in one.
  const hub = await makeNode(true, true)
  const peers = await Promise.all(Array.from({ length: 5 }, () => makeNode(false, true)))
  let heard = 0
  let done
  hub.services.pubsub.subscribe(topic)
  for (const peer of peers) {
    peer.services.pubsub.subscribe(topic)
    peer.services.pubsub.addEventListener('message', () => { if (++heard === want) done() })
    await peer.dial(hub.getMultiaddrs()[0])
  }
  while (hub.services.pubsub.getSubscribers(topic).length < 5) await sleep(20)
  await sleep(1500)
  let want
  const gossip = async (count) => {
    want = count * 5
    heard = 0
    const all = new Promise((resolve) => { done = resolve })
    for (let i = 0; i < count; i++) {
      await hub.services.pubsub.publish(topic, new Uint8Array(100))
      if (i % 50 === 49) while (heard < (i - 100) * 5) await sleep(0)
    }
    await all
  }
  await gossip(messages / 10)
  await timed('gossip', messages, () => gossip(messages))
  process.exit(0)
}
