#!/usr/bin/env node
// An engine whose workers outlive it. One is plain; one has its own session; one has an empty environment, as
// after an engine wrote its process title over it.
import {spawn} from 'node:child_process';

const worker = (options) => spawn('/bin/sleep', ['600'], {stdio: ['ignore', 'inherit', 'inherit'], ...options}).pid;
const pids = {plain: worker({}), detached: worker({detached: true}), titled: worker({env: {}})};
process.on('SIGTERM', () => process.exit(0));
// Printed last: whoever has read it may send the signal.
console.log(JSON.stringify(pids));
setInterval(() => {}, 1_000);
