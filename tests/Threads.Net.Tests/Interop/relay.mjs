// js-libp2p around a relay. Copied beside the oracle by .ci/interop; its first line tells where it is, as peer.mjs does.
//   node relay.mjs serve            a relay
//   node relay.mjs wait RELAY       keeps a place at RELAY, tells its address there, echoes
//   node relay.mjs dial ADDRESS     dials through a relay, pings, and says so
import './polyfill.mjs'
import { createLibp2p } from 'libp2p'
import { tcp } from '@libp2p/tcp'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@libp2p/yamux'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { multiaddr } from '@multiformats/multiaddr'
import { sleep } from './node.mjs'

const [mode, address] = process.argv.slice(2)
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')
const node = await createLibp2p({
  addresses: { listen: mode === 'serve' ? ['/ip4/127.0.0.1/tcp/0'] : mode === 'wait' ? [`${address}/p2p-circuit`] : [] },
  transports: [tcp(), circuitRelayTransport()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  connectionGater: { denyDialMultiaddr: () => false },
  services: {
    identify: identify({ runOnLimitedConnection: true }),
    ping: ping({ runOnLimitedConnection: true }),
    ...(mode === 'serve' ? { relay: circuitRelayServer() } : {})
  }
})

if (mode === 'dial') {
  const connection = await node.dial(multiaddr(address))
  const ms = await node.services.ping.ping(multiaddr(address))
  say({ event: 'pinged', peer: connection.remotePeer.toString(), limited: connection.limits != null, ms })
  await node.stop()
  process.exit(0)
}

const wanted = mode === 'wait' ? '/p2p-circuit' : '/tcp/'
for (let i = 0; i < 600 && !node.getMultiaddrs().some((a) => a.toString().includes(wanted)); i++) await sleep(50)
const all = node.getMultiaddrs().map((a) => a.toString())
say({ event: 'ready', address: all.find((a) => a.includes(wanted)), all, peer: node.peerId.toString() })
process.on('SIGTERM', () => node.stop().then(() => process.exit(0)))
