// `npm run bench -- fuzz`, with GANTRY_FUZZ_INPUTS and GANTRY_FUZZ_SEED to repeat a run.
import v8 from 'node:v8';
import vm from 'node:vm';
import {runFuzz} from './fuzz/run-fuzz.ts';

const SLOWEST_MS = 200;
/** What the readers may keep between the first kind and the last: caches of patterns and compiled code. */
const MOST_HEAP_GROWTH_MIB = 30;

/** Feeds every reader of outside text with broken input; false if one threw, was slow, or memory grew. */
export async function benchFuzz(): Promise<boolean> {
  const inputs = Number(process.env['GANTRY_FUZZ_INPUTS'] ?? 100_000);
  const seed = Number(process.env['GANTRY_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`seed ${seed}, ${inputs} inputs\n`);
  // Memory is compared after garbage collection.
  v8.setFlagsFromString('--expose-gc');
  globalThis.gc = vm.runInNewContext('gc');
  await runFuzz(seed + 1, Math.ceil(inputs / 20));
  globalThis.gc?.();
  const warmMib = process.memoryUsage().heapUsed / 2 ** 20;
  const results = await runFuzz(seed, inputs, ({name, outcomes, thrown, ...one}) => {
    const most = [...outcomes].toSorted(([, a], [, b]) => b - a).slice(0, 4);
    const shown = most.map(([outcome, times]) => `${outcome} ${times}`).join(', ');
    const numbers = `${String(one.inputs).padStart(7)} inputs, ${thrown.length} thrown, slowest ${one.slowestMs.toFixed(0)} ms (input ${one.slowestInput})`;
    const memory = `heap ${one.heapMib.toFixed(0)} MiB, RSS ${one.rssMib.toFixed(0)} MiB`;
    process.stdout.write(`${name.padEnd(14)} ${numbers}, ${memory}: ${shown}\n`);
    for (const {input, error} of thrown.slice(0, 3)) {
      const text = error instanceof Error ? error.stack : String(error);
      process.stdout.write(`  input ${input} threw ${text}\n`);
    }
  });
  const total = results.reduce((sum, one) => sum + one.inputs, 0);
  const thrown = results.reduce((sum, one) => sum + one.thrown.length, 0);
  const slowestMs = Math.max(...results.map((one) => one.slowestMs));
  const grownMib = (results.at(-1)?.heapMib ?? 0) - warmMib;
  const isGood = thrown === 0 && slowestMs <= SLOWEST_MS && grownMib <= MOST_HEAP_GROWTH_MIB;
  process.stdout.write(
    `${total} inputs, ${thrown} thrown, slowest ${slowestMs.toFixed(0)} ms, heap ${warmMib.toFixed(0)} MiB ${grownMib < 0 ? '' : '+'}${grownMib.toFixed(0)} MiB${isGood ? '' : '  FAILED'}\n`,
  );
  return isGood;
}
