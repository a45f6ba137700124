// A program that shows the console on an in-memory session, for tests in a real pseudo-terminal.
import {exitAlsoInBackground, isInBackground} from '../../src/cli/console/in-background.ts';
import {layoutsWith} from '../../src/layout/load-layout.ts';
import {ok} from '../../src/shared/result.ts';
import {runConsole} from '../../src/tui/run-console.tsx';
import {buildConsoleData, buildSnapshot} from './build-snapshot.ts';
import {createMemorySession} from './memory-session.ts';
import {namedPanels} from './open-console.tsx';

const session = createMemorySession(buildConsoleData());
let sequence = 0;
const feed = setInterval(() => {
  sequence += 1;
  session.setData(buildConsoleData({snapshot: buildSnapshot({sequence, takenAtMs: Date.now()})}));
}, 1000);
// Only the console keeps this program running.
feed.unref();

process.on('SIGUSR2', () => {
  throw new Error('a fault of the test');
});

const outcome = await runConsole({
  session,
  panelViews: namedPanels({
    cost: ({data}) => {
      const text = `sequence ${data.snapshot?.sequence}`;
      return {title: 'cost', titleNote: '', tone: 'normal', rows: [[{text, tone: 'normal'}]]};
    },
  }),
  layoutOf: layoutsWith(new Map()),
  hasPointer: process.argv.includes('--mouse'),
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  nowMs: () => Date.now(),
  fillTmuxBuffer: () => Promise.resolve(false),
  saveScreen: (screen) => Promise.resolve(ok(screen.name)),
  pager: {refusal: 'this is a test', open: () => Promise.resolve(ok(''))},
  stopProcess: () => process.kill(0, 'SIGTSTP'),
  isInBackground: () => isInBackground(),
  exitNote: (snapshot) => `gantry: detached. ${snapshot.engine.name} keeps serving.`,
});
if (outcome.reason === 'signal') exitAlsoInBackground();
process.exitCode = outcome.reason === 'crash' ? 70 : 0;
