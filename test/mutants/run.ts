import {parseArgs} from 'node:util';
import {drawMutants, type MeasureOptions, measureFolder} from './measure-folder.ts';
import {measuredFolder, measuredFolderNames} from './measured-folders.ts';
import {describeChange} from './mutant.ts';
import {listProblems, noticedPercent, SURVIVOR_PREFIX, summaryLine, survivorLines} from './result-text.ts';

/** The minimum for every folder. */
const REQUIRED_PERCENT = 85;

const usage = `npm run mutants -- [options]: changes the source in many small ways and looks whether the tests notice

  --folder NAME      domain, engines, sources or supervisor (its pure files); may be repeated; default: all four
  --file TEXT        only files whose path contains TEXT
  --sample N         N mutants of each folder instead of all of them
  --seed S           draws another sample (default 1)
  --concurrency N    test processes at once (default 2)
  --list             prints the mutants and runs nothing
  --quiet            no progress

Exits with 1 where less than ${REQUIRED_PERCENT} % are noticed, or the list of equivalents is not true.`;

const {values} = parseArgs({
  options: {
    folder: {type: 'string', multiple: true, default: [...measuredFolderNames]},
    file: {type: 'string'},
    sample: {type: 'string'},
    seed: {type: 'string', default: '1'},
    concurrency: {type: 'string', default: '2'},
    list: {type: 'boolean', default: false},
    quiet: {type: 'boolean', default: false},
    help: {type: 'boolean', default: false},
  },
});

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0, not ${text}.`);
  return value;
}

const options: MeasureOptions = {
  sampleSize: values.sample === undefined ? null : wholeNumber('sample', values.sample),
  seed: wholeNumber('seed', values.seed),
  concurrency: wholeNumber('concurrency', values.concurrency),
  fileFilter: values.file ?? null,
  onOutput: (line) => {
    if (!values.quiet && (line.includes('tested') || line.startsWith(SURVIVOR_PREFIX))) console.error(line);
  },
};

async function listFolder(name: string): Promise<void> {
  const {chosen} = await drawMutants(measuredFolder(name), options);
  for (const mutant of chosen) console.log(`${mutant.file}:${mutant.line}:${mutant.column}  ${describeChange(mutant)}`);
}

/** @returns true where the folder reaches what it must. */
async function measure(name: string): Promise<boolean> {
  const startedAt = performance.now();
  const result = await measureFolder(name, options);
  const problems = listProblems(result);
  for (const line of [...survivorLines(result), ...problems]) console.log(line);
  console.log(`${summaryLine(result)} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
  return noticedPercent(result) >= REQUIRED_PERCENT && problems.length === 0;
}

async function run(): Promise<void> {
  if (values.help) {
    console.log(usage);
    return;
  }
  const unknown = values.folder.find((name) => !measuredFolderNames.includes(name));
  if (unknown !== undefined) throw new Error(`Not measured: ${unknown}. Measured: ${measuredFolderNames.join(', ')}.`);
  for (const name of values.folder) {
    if (values.list) await listFolder(name);
    else if (!(await measure(name))) process.exitCode = 1;
  }
}

await run();
