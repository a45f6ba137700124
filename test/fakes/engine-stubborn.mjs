#!/usr/bin/env node
// An engine that ignores SIGTERM, like one that waits for a collective operation.
process.on('SIGTERM', () => console.log('SIGTERM ignored'));
console.log('up');
setInterval(() => {}, 1_000);
