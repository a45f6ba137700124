#!/usr/bin/env node
// An nvidia-smi that misbehaves on demand. Its directory has a behavior.json, which is read again at each start and each tick:
// {gpus, lost, branch, stream, once, nvlink, silentAfter, dieAfter, query, processes, unseen, halfAfter, ecc}. Every start and
// end is noted in calls.log. With `nvlink` "hangs", only that subcommand never answers. `unseen` is a card that is counted and never shown, without a message; `halfAfter` stops the stream
// in the middle of that frame, until it is behaved otherwise.
import {appendFileSync, readFileSync, writeSync} from 'node:fs';
import {dirname, join} from 'node:path';

const directory = process.env.FAKE_NVIDIA_SMI ?? dirname(process.argv[1]);
const args = process.argv.slice(2);
const behavior = () => {
  const defaults = {gpus: 2, lost: null, branch: 580, ignoresTerm: false, once: 'answers', processes: ''};
  return {...defaults, ...JSON.parse(readFileSync(join(directory, 'behavior.json'), 'utf8'))};
};
const note = (what) => appendFileSync(join(directory, 'calls.log'), `${process.pid} ${what} ${args.join(' ')}\n`);
note('start');

const start = behavior();
const selected = args.includes('-i') ? args[args.indexOf('-i') + 1] : null;
const uuidOf = (index) => `GPU-00000000-0000-4000-8000-00000000000${index}`;
const busOf = (index) => `00000000:${(index + 1).toString(16).padStart(2, '0').toUpperCase()}:00.0`;
const isStream = args.includes('-lms');
const fields = (args.find((arg) => arg.startsWith('--query-gpu=')) ?? '').slice('--query-gpu='.length).split(',');

const values = (index) => ({
  timestamp: '2026/03/01 12:00:00.000',
  count: String(start.gpus),
  index: String(index),
  uuid: uuidOf(index),
  'pci.bus_id': busOf(index),
  'memory.total': '81559',
  'memory.used': '1000',
  'memory.free': '80079',
  'memory.reserved': '480',
  'ecc.errors.uncorrected.volatile.total': index === 1 ? String(behavior().ecc ?? 0) : '0',
  pstate: 'P0',
  persistence_mode: 'Enabled',
});

if (start.ignoresTerm) process.on('SIGTERM', () => note('ignored'));
else process.on('SIGTERM', () => leave(0));

function leave(code) {
  note(`end(${code})`);
  process.exit(code);
}

function lostMessage(index) {
  return `Unable to determine the device handle for GPU${index}: GPU is lost.  Reboot the system to recover this GPU\n\n\n`;
}

function indexes() {
  const all = Array.from({length: start.gpus}, (_, index) => index);
  const shown = all.filter((index) => index !== behavior().unseen);
  return selected === null ? shown : shown.filter((index) => uuidOf(index) === selected);
}

/** The effect of a lost card on a query that starts now. */
function startLost(stream) {
  const lost = indexes().filter((index) => index === start.lost);
  if (lost.length === 0 || start.lostMidway) return;
  if (start.branch < 580) {
    writeSync(1, lostMessage(start.lost));
    leave(15);
  }
  writeSync(2, lostMessage(start.lost));
  if (stream === 'only') leave(6);
}

function row(index) {
  const now = behavior();
  const cells = values(index);
  const isLost = now.lostMidway === true && index === now.lost;
  return fields
    .map((field) =>
      isLost && field !== 'count' && field !== 'timestamp' ? '[GPU is lost]' : (cells[field] ?? '[N/A]'),
    )
    .join(', ');
}

async function stream() {
  startLost();
  const intervalMs = Number(args[args.indexOf('-lms') + 1]);
  for (let tick = 1; ; tick += 1) {
    const now = behavior();
    if (now.silentAfter !== undefined && tick > now.silentAfter) await new Promise(() => setInterval(() => {}, 1_000));
    if (now.dieAfter !== undefined && tick > now.dieAfter) leave(255);
    if (indexes().length < start.gpus && now.unseen !== undefined) note('short');
    for (const index of indexes()) {
      if (index === now.lost && !now.lostMidway) continue;
      while (index === 1 && tick > (behavior().halfAfter ?? Number.POSITIVE_INFINITY)) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      // Cell by cell, like the real one.
      for (const piece of `${row(index)}\n`.split(/(?<=, )/)) writeSync(1, piece);
      if (now.pauseInRow) await new Promise((resolve) => setTimeout(resolve, now.pauseInRow));
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

function xml() {
  startLost();
  const cards = indexes()
    .filter((index) => index !== start.lost || start.lostMidway)
    .map((index) => {
      const memory =
        index === start.lost ? ['GPU is lost', 'GPU is lost', 'GPU is lost'] : ['81559 MiB', '1000 MiB', '80079 MiB'];
      return `<gpu id="${busOf(index)}"><product_name>NVIDIA H100 80GB HBM3</product_name><uuid>${uuidOf(index)}</uuid>
<persistence_mode>Enabled</persistence_mode>
<fb_memory_usage><total>${memory[0]}</total><used>${memory[1]}</used><free>${memory[2]}</free></fb_memory_usage></gpu>`;
    });
  writeSync(
    1,
    `<?xml version="1.0" ?>\n<nvidia_smi_log><driver_version>${start.branch}.10</driver_version><attached_gpus>${start.gpus}</attached_gpus>\n${cards.join('\n')}\n</nvidia_smi_log>\n`,
  );
  leave(0);
}

function listing() {
  for (const index of indexes()) {
    if (index === start.lost && !start.lostMidway) writeSync(1, lostMessage(index));
    else writeSync(1, `GPU ${index}: NVIDIA H100 80GB HBM3 (UUID: ${uuidOf(index)})\n`);
  }
  leave(start.lost === null || start.lostMidway ? 0 : 15);
}

async function main() {
  if (args[0] === '--help-query-gpu') {
    if (start.help === 'none') writeSync(1, 'Nothing to see here.\n');
    else
      for (const field of Object.keys(values(0))) writeSync(1, `"${field}" or "other.${field}"\nWords about it.\n\n`);
    leave(0);
  }
  if (isStream) return stream();
  if (args[0] === 'nvlink' && start.nvlink === 'hangs') return new Promise(() => setInterval(() => {}, 1_000));
  if (start.once === 'hangs') return new Promise(() => setInterval(() => {}, 1_000));
  if (start.once === 'error') {
    writeSync(1, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n\n");
    leave(9);
  }
  if (args.includes('-x')) return xml();
  if (args[0] === '-L') return listing();
  if (args[0]?.startsWith('--query-compute-apps')) {
    startLost();
    writeSync(1, start.processes);
    leave(0);
  }
  const rejected = fields.find((field) => values(0)[field] === undefined);
  if (rejected !== undefined) {
    writeSync(1, `Field "${rejected}" is not a valid field to query.\n\n`);
    leave(2);
  }
  startLost();
  for (const index of indexes()) if (index !== start.lost || start.lostMidway) writeSync(1, `${row(index)}\n`);
  leave(0);
}

await main();
