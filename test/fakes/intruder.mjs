// Another user of the host, who tries everything: prints what worked, as JSON. Arguments: the owner's user id, then
// directories to look through.
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {createConnection} from 'node:net';
import path from 'node:path';

const [owner = '', ...directories] = process.argv.slice(2);
const uid = Number(owner);
const done = [];
let tried = 0;

function attempt(what, action) {
  tried += 1;
  try {
    action();
    done.push(what);
  } catch {
    // Refused, as it should be.
  }
}

function statsOf(file) {
  try {
    return lstatSync(file);
  } catch {
    return null;
  }
}

function namesIn(directory) {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function connect(file) {
  tried += 1;
  return new Promise((resolve) => {
    const socket = createConnection(file);
    socket.once('connect', () => {
      done.push(`connected ${file}`);
      socket.destroy();
      resolve();
    });
    socket.once('error', () => resolve());
  });
}

async function tryFile(file) {
  const stats = statsOf(file);
  if (stats === null || stats.uid !== uid) return;
  if (stats.isDirectory()) {
    attempt(`listed ${file}`, () => readdirSync(file));
    attempt(`created in ${file}`, () => writeFileSync(path.join(file, 'intruder'), 'x', {flag: 'wx'}));
    for (const name of namesIn(file)) await tryFile(path.join(file, name));
    return;
  }
  if (stats.isSocket()) await connect(file);
  attempt(`read ${file}`, () => closeSync(openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)));
  attempt(`wrote ${file}`, () =>
    closeSync(openSync(file, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK)),
  );
  attempt(`removed ${file}`, () => rmSync(file));
}

for (const directory of directories) {
  // Also by name, where listing is refused.
  for (const known of [
    '',
    'state',
    'run',
    'data',
    'config',
    'state/journal.jsonl',
    'state/supervisor.lock',
    'state/api-key',
    'run/gantry.sock',
    'data/simulated-node/history.sqlite',
    'state/supervisor.log',
  ])
    await tryFile(path.join(directory, known));
}
// Whatever the owner left in places that all users share.
for (const shared of ['/tmp', '/var/tmp', '/dev/shm', '/run']) {
  for (const name of namesIn(shared)) await tryFile(path.join(shared, name));
}

const commandLines = [];
for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
  if (statsOf(`/proc/${pid}`)?.uid !== uid) continue;
  const commandLine = textOf(`/proc/${pid}/cmdline`);
  // The process has ended meanwhile.
  if (commandLine === null) continue;
  commandLines.push(commandLine.replaceAll('\0', ' '));
  for (const file of ['environ', 'mem', 'maps', 'io', 'syscall', 'stack']) {
    attempt(`read /proc/${pid}/${file}`, () => readFileSync(`/proc/${pid}/${file}`).subarray(0, 1).at(0) ?? fail());
  }
  for (const link of ['cwd', 'exe', 'root'])
    attempt(`followed /proc/${pid}/${link}`, () => readlinkSync(`/proc/${pid}/${link}`));
  attempt(`listed /proc/${pid}/fd`, () => readdirSync(`/proc/${pid}/fd`));
  for (const signal of [0, 'SIGCONT', 'SIGTERM', 'SIGKILL'])
    attempt(`signal ${signal} to ${pid}`, () => process.kill(Number(pid), signal));
}

function fail() {
  throw new Error('empty');
}

process.stdout.write(JSON.stringify({tried, done: [...new Set(done)], commandLines}));
