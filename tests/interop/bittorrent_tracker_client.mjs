// One announce or one scrape by the npm package bittorrent-tracker, whose folder is the first argument:
//     announce URL INFO_HASH PORT LEFT  |  scrape URL INFO_HASH
// What it hears is printed as lines.
import { pathToFileURL } from 'node:url'

const [folder, verb, url, infoHash, port, left] = process.argv.slice(2)
const { default: Client } = await import(pathToFileURL(`${folder}/client.js`))

const client = new Client({
  infoHash,
  announce: [url],
  peerId: Buffer.from('-TT0000-bittorrent-t'),
  port: Number(port ?? 1)
})

function end (code) {
  // Peers of an announce come after its "update".
  setTimeout(() => process.exit(code), 200)
}

client.on('error', error => { console.log(`error ${error.message}`); end(1) })
client.on('warning', error => { console.log(`warning ${error.message}`); end(1) })
client.on('peer', peer => console.log(`peer ${peer}`))
client.on('update', data => { console.log(`update ${data.complete} ${data.incomplete}`); end(0) })
client.on('scrape', data => {
  console.log(`scrape ${data.complete} ${data.downloaded} ${data.incomplete}`)
  end(0)
})

if (verb === 'announce') {
  client.start({ uploaded: 0, downloaded: 0, left: Number(left), numwant: 50 })
} else {
  client.scrape()
}
