// A node of the DHT by the npm package bittorrent-dht, whose folder is the first argument:
//     serve OWN [NODE]
//     announce|lookup OWN NODE INFO_HASH  |  put OWN NODE TEXT  |  get OWN NODE TARGET
//     put-mutable OWN NODE SECRET KEY SALT TEXT  |  get-mutable OWN NODE KEY SALT
// OWN and NODE are ADDRESS:PORT. What it learns is printed as lines "NAME VALUE".
import crypto from 'node:crypto'
import { pathToFileURL } from 'node:url'

const [folder, verb, own, node, ...rest] = process.argv.slice(2)
const { default: DHT } = await import(pathToFileURL(`${folder}/index.js`))

// What stands before the octets of an ed25519 key in the forms that node takes (RFC 8410).
const secretPrefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex')

function verify (signature, message, key) {
  const whole = Buffer.concat([publicPrefix, key])
  return crypto.verify(null, message, crypto.createPublicKey({ key: whole, format: 'der', type: 'spki' }), signature)
}

function signer (secret) {
  const whole = Buffer.concat([secretPrefix, Buffer.from(secret, 'hex')])
  const key = crypto.createPrivateKey({ key: whole, format: 'der', type: 'pkcs8' })
  return message => crypto.sign(null, message, key)
}

function end (error) {
  if (error) console.error(error.message)
  process.exit(error ? 1 : 0)
}

function print (error, found) {
  if (!error && found) console.log(`value ${found.v}`)
  if (!error && found?.seq !== undefined) console.log(`seq ${found.seq}`)
  end(error)
}

const questions = {
  announce: infoHash => dht.announce(infoHash, Number(port), end),
  lookup: infoHash => {
    dht.on('peer', peer => console.log(`peer ${peer.host}:${peer.port}`))
    dht.lookup(infoHash, end)
  },
  put: text => dht.put({ v: text }, (error, target) => {
    if (!error) console.log(`target ${target.toString('hex')}`)
    end(error)
  }),
  get: target => dht.get(target, print),
  'put-mutable': (secret, key, salt, text) => dht.put(
    { k: Buffer.from(key, 'hex'), seq: 1, salt: Buffer.from(salt), v: text, sign: signer(secret) }, end),
  'get-mutable': (key, salt) => {
    const target = crypto.createHash('sha1').update(Buffer.from(key, 'hex')).update(salt).digest('hex')
    dht.get(target, { salt: Buffer.from(salt) }, print)
  }
}

const [address, port] = own.split(':')
const dht = new DHT({ bootstrap: node ? [node] : false, verify })
dht.on('error', end)
dht.on('warning', error => console.error(error.message))
dht.on('listening', () => console.log('ready'))
dht.on('announce', (peer, infoHash) => console.log(`announced ${peer.host}:${peer.port} ${infoHash.toString('hex')}`))
dht.listen(Number(port), address)
if (verb !== 'serve') dht.on('ready', () => questions[verb](...rest))
