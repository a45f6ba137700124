import {openJournal} from '../../../src/supervisor/state-dir/open-journal.ts';

// Appends entries of a run until the journal refuses one; prints how many were taken, and the code of the refusal.
const [stateDir = ''] = process.argv.slice(2);
const opened = await openJournal({stateDir});
if (!opened.ok) throw new Error(opened.error.message);
let taken = 0;
for (;;) {
  const appended = opened.value.journal.append({type: 'run-ready', atMs: taken, runId: `run-${'x'.repeat(40)}`});
  if (!appended.ok) {
    process.stdout.write(`${JSON.stringify({taken, code: appended.error.code})}\n`);
    break;
  }
  taken += 1;
}
