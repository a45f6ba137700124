import {benchConsole} from './console/console.ts';
import {benchEngines} from './engines.ts';
import {benchFuzz} from './fuzz.ts';
import {benchGrowth} from './growth.ts';
import {benchLedgerDays} from './history/ledger-days.ts';
import {benchMonth} from './history/month.ts';
import {benchPlan} from './plan.ts';

/** What `npm run bench -- NAME` measures; without a name, everything. False is a failed measurement. */
const benches: Readonly<Record<string, () => boolean | void | Promise<boolean> | Promise<void>>> = {
  plan: benchPlan,
  engines: benchEngines,
  growth: benchGrowth,
  history: benchMonth,
  ledger: benchLedgerDays,
  console: benchConsole,
  fuzz: benchFuzz,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in benches));
if (unknown.length > 0) {
  process.stderr.write(`No bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  for (const [name, bench] of Object.entries(benches)) {
    if (names.length > 0 && !names.includes(name)) continue;
    if ((await bench()) === false) process.exitCode = 1;
  }
}
