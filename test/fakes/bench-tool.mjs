#!/usr/bin/env node
// A benchmark program that misbehaves on demand: BENCH_FAKE is {writes, bytes, exits, ignores, child, prints}. It notes its pids in pids.log.
import {spawn} from 'node:child_process';
import {appendFileSync, truncateSync, writeFileSync} from 'node:fs';

const fake = JSON.parse(process.env.BENCH_FAKE ?? '{}');
const note = (pid) => appendFileSync('pids.log', `${pid}\n`);
note(process.pid);
for (const signal of fake.ignores ?? []) process.on(signal, () => appendFileSync('signals.log', `${signal}\n`));
if (fake.child) note(spawn('sleep', ['600'], {stdio: 'ignore'}).pid);
if (fake.prints) process.stderr.write(`${fake.prints}\n`);
if (fake.writes !== undefined) writeFileSync('result.json', fake.writes);
if (fake.bytes !== undefined) truncateSync('result.json', fake.bytes);
writeFileSync('started', '');
if (fake.exits === undefined) setInterval(() => undefined, 1_000);
else process.exit(fake.exits);
