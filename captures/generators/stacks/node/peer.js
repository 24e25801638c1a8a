// A TLS server or client on Node.js that logs one JSON object a connection.
'use strict';
const tls = require('tls');
const fs = require('fs');

const options = {};
for (let i = 2; i < process.argv.length; i += 2) options[process.argv[i].slice(2)] = process.argv[i + 1];
const read = (name) => (options[name] ? fs.readFileSync(options[name]) : undefined);
const version = options.version === '1.3' ? 'TLSv1.3' : 'TLSv1.2';
const common = { cert: read('certificate'), key: read('key'), ca: read('ca'), minVersion: version, maxVersion: version };
const ask = options.ask || 'none';
const [address, port] = (options.listen || options.connect).split(/:(?=\d+$)/);
const keylog = (line) => options.keylog && fs.appendFileSync(options.keylog, line);

// The chain as getPeerCertificate(true) links it; the last one may be Node's own completion from `ca`,
// so the leaf and what follows is kept only where `issuerCertificate` was really a different object.
function chainOf(socket) {
  const chain = [];
  let certificate = socket.getPeerCertificate(true);
  while (certificate && certificate.raw && !chain.includes(certificate.raw.toString('base64'))) {
    chain.push(certificate.raw.toString('base64'));
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

function log(side, socket, extra) {
  const cipher = socket.getCipher && socket.getCipher();
  const protocol = socket.getProtocol && socket.getProtocol();
  console.log(JSON.stringify({
    side,
    version: protocol ? protocol.replace('TLSv', 'TLS ') : undefined,
    cipher: cipher ? cipher.standardName : undefined,
    server_name: socket.servername || undefined,
    ...extra,
  }));
}

if (options.listen) {
  const server = tls.createServer({
    ...common, requestCert: ask !== 'none', rejectUnauthorized: ask === 'require',
  });
  server.on('keylog', keylog);
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    const chain = chainOf(socket);
    log('server', socket, {
      handshake: 'completed', asked: ask !== 'none', resumed: socket.isSessionReused(),
      authorized: socket.authorized, chain: ask === 'none' ? null : chain.slice(0, 1),
    });
    socket.on('data', (data) => socket.end('pong for ' + data));
  });
  server.on('tlsClientError', (error, socket) => {
    const chain = socket && socket.getPeerCertificate ? chainOf(socket) : [];
    log('server', socket || {}, {
      handshake: 'failed', asked: ask !== 'none', error: error.code + ' ' + (error.reason || error.message),
      chain: chain.length ? chain.slice(0, 1) : null,
    });
  });
  server.listen(Number(port), address, () => console.log('{"ready": true}'));
} else {
  const socket = tls.connect({ ...common, host: address, port: Number(port), servername: options['server-name'] || 'backend.example' });
  socket.on('keylog', keylog);
  socket.on('secureConnect', () => {
    log('client', socket, { handshake: 'completed', resumed: socket.isSessionReused() });
    socket.write('ping\n');
  });
  socket.on('data', () => socket.end());
  socket.on('end', () => socket.end());
  socket.on('error', (error) => { log('client', socket, { handshake: 'failed', error: error.code + ' ' + error.message }); });
}
