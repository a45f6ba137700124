import {readFileSync} from 'node:fs';
import {Command, CommanderError, InvalidArgumentError, Option} from 'commander';
import {MAX_EVENTS} from '../api/event-schema.ts';
import {nearestName} from '../config/nearest-name.ts';
import {count} from '../domain/settings/setting-text.ts';
import {engineNames} from '../engines/engine-names.ts';
import {scenarioNames} from '../simulator/node/scenarios.ts';
import {type ExitCode, exitCodes} from './exit-codes.ts';
import {addSettingFlags, settingOption, withSettings} from './launch-options.ts';
import type {GlobalOptions} from './wiring.ts';

function positiveInteger(text: string): number {
  const parsed = count.parse(text);
  if (!parsed.ok) throw new InvalidArgumentError(`Expected ${parsed.error}.`);
  return parsed.value;
}

/** A version as an engine prints it: `0.25.1`, `v0.20.2rc1`. */
function engineVersion(text: string): string {
  if (!/^v?\d+\.\d+/.test(text)) throw new InvalidArgumentError('Expected a version such as 0.25.1.');
  return text;
}

const DEFAULT_EVENTS = 200;

function eventCount(text: string): number {
  return Math.min(positiveInteger(text), MAX_EVENTS);
}

/** `60s`, `5m`, `2h`, `7d`, `1500ms` or plain seconds, to milliseconds. */
function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected a time such as 60s, 5m or 1500ms.');
  const scale = {ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000}[match[2] ?? 's'] ?? 1000;
  return Math.round(Number(match[1]) * scale);
}

/** The version in package.json, which lies two folders above the built entry and the source alike. */
function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return 'unknown';
}

type Run = (action: (global: GlobalOptions) => Promise<ExitCode>) => Promise<void>;

function buildProgram(run: Run): Command {
  const program = new Command('gantry');
  program
    .description('The operations console of a self-hosted Kimi K2.7 Code node.')
    .version(readVersion())
    .option('--config <file>', 'configuration file instead of the one in the XDG config directory')
    .option('--json', 'print one JSON document')
    .option('--layout <name>', 'layout of the console')
    .option('--ascii', 'draw with plain ASCII')
    .showHelpAfterError('Run gantry --help for the commands.')
    .exitOverride()
    .helpCommand('help [command]', 'show the help of a command')
    .allowExcessArguments()
    .action(() => {
      const [unknown] = program.args;
      if (unknown !== undefined) program.error(unknownCommand(program, unknown));
      return run(async (global) => (await import('./commands/console.ts')).runConsoleCommand(global));
    });
  defineDemo(program, run);
  defineLifecycle(program, run);
  defineService(program, run);
  defineViews(program, run);
  program
    .command('supervise', {hidden: true})
    .description('run the supervisor in the foreground (started on demand by other commands)')
    .option('--simulated-node <dir>', 'supervise the simulated node in this directory')
    .action((options) =>
      run(async (global) => (await import('./commands/supervise.ts')).runSupervise(global, options)),
    );
  return program;
}

function unknownCommand(program: Command, word: string): string {
  const nearest = nearestName(
    word,
    program.commands.map((command) => command.name()),
  );
  return `error: there is no command "${word}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`;
}

function define(program: Command, name: string, summary: string): Command {
  return program.command(name).summary(summary).description(summary).option('--json', 'print one JSON document');
}

function defineDemo(program: Command, run: Run): void {
  const demo = define(program, 'demo', 'run everything on a simulated 8x H200 node')
    .option('--once', 'wait for ready and one full tick, print the snapshot, stop everything again')
    .option('--detach', 'leave the simulated node running and return')
    .addOption(
      new Option('--scenario <name>', 'what happens on the simulated node').choices(scenarioNames).default('steady'),
    )
    .addOption(settingOption('engine').choices(engineNames))
    .option('--speed <factor>', 'how much faster than real the engine loads', positiveInteger);
  addSettingFlags(demo, ['contextLengthTokens', 'memoryFraction']).action((options) =>
    run(async (global) => (await import('./commands/demo.ts')).runDemo(global, withSettings(options))),
  );
}

/** Commands that change what the engine does. */
function defineLifecycle(program: Command, run: Run): void {
  addSettingFlags(define(program, 'up', 'start the engine, after the plan says that it fits'))
    .option('--dry-run', 'show the command, its environment and why each part is there, and start nothing')
    .option('--force', 'start although the plan says that it does not fit')
    .option('--wait', 'return when the engine is ready or has failed')
    .action((options) =>
      run(async (global) => (await import('./commands/up.ts')).runUp(global, withSettings(options))),
    );
  define(program, 'down', 'stop the engine')
    .option('--drain <time>', 'wait this long for running requests to end', duration, 0)
    .action((options) => run(async (global) => (await import('./commands/down.ts')).runDown(global, options)));
  addSettingFlags(define(program, 'restart', 'stop and start the engine with settings changed'))
    .option('--drain <time>', 'wait this long for running requests to end', duration, 0)
    .option('--dry-run', 'show what would change and stop there')
    .option('--force', 'restart although the plan says that it does not fit')
    .option('--last-good', 'start from the settings that served last instead of the present ones')
    .option('--rollback', 'should the new settings not become ready, take the last good ones again')
    .option('--wait', 'return when the engine is ready or has failed')
    .action((options) =>
      run(async (global) => (await import('./commands/restart.ts')).runRestart(global, withSettings(options))),
    );
}

/** Commands about the supervisor as a unit of systemd. */
function defineService(program: Command, run: Run): void {
  const service = define(program, 'service', 'the supervisor as a systemd unit');
  for (const [action, what] of [
    ['install', 'write the unit and start it, where systemd is at work'],
    ['remove', 'stop the unit and remove it; the engine serves on'],
    ['status', 'say whether it is there, and whether an engine survives a logout'],
  ] as const) {
    const command = define(service, action, what).option('--system', 'of the system instead of the user');
    if (action === 'install') command.option('--dry-run', 'print the unit and stop there');
    command.action((options) =>
      run(async (global) => (await import('./commands/service.ts')).runService(global, action, options)),
    );
  }
}

/** Commands that only look. */
function defineViews(program: Command, run: Run): void {
  addSettingFlags(define(program, 'plan', 'say whether a launch fits, before anything starts'))
    .option('--gpus <node>', 'cards of the catalog instead of this host: 8xH200, 2x8xH100')
    .addOption(settingOption('engine').choices(engineNames))
    .option(
      '--engine-version <version>',
      "the engine's version, which decides what its memory fraction means",
      engineVersion,
    )
    .addOption(settingOption('extraArguments'))
    .option('--explain', 'show the arithmetic line by line')
    .addOption(new Option('--matrix', 'formats x nodes x contexts as tables').conflicts(['explain', 'nominal']))
    .addOption(
      new Option('--nominal', "the published guide's arithmetic beside the exact figures").conflicts('explain'),
    )
    .option('--calibration', "what this node's own starts taught, and the error of every past prediction")
    .action((options) =>
      run(async (global) =>
        options.calibration === true
          ? (await import('./commands/plan-calibration.ts')).runPlanCalibration(global)
          : (await import('./commands/plan.ts')).runPlan(global, withSettings(options)),
      ),
    );
  define(program, 'status', 'print one snapshot')
    .option('--watch', 'print a new one at every tick')
    .action((options) => run(async (global) => (await import('./commands/status.ts')).runStatus(global, options)));
  define(program, 'gpus', 'print the cards').action(() =>
    run(async (global) => (await import('./commands/gpus.ts')).runGpus(global)),
  );
  define(program, 'doctor', 'say whether this host can run the engine; start nothing').action(() =>
    run(async (global) => (await import('./commands/doctor.ts')).runDoctor(global)),
  );
  define(program, 'logs', "print the engine's log")
    .option('-f, --follow', 'go on printing new lines')
    .option('-n, --lines <count>', 'how many lines of the end', positiveInteger, 200)
    .action((options) => run(async (global) => (await import('./commands/logs.ts')).runLogs(global, options)));
  define(program, 'events', 'say what happened, when, why and by whom')
    .option('--since <time>', 'how far back: 24h, 30m, 7d', duration)
    .option('--limit <count>', 'at most so many, the newest', eventCount, DEFAULT_EVENTS)
    .option('-f, --follow', 'go on printing new events')
    .action((options) => run(async (global) => (await import('./commands/events.ts')).runEvents(global, options)));
  define(program, 'report', 'pack what a bug report needs into one archive, without keys and prompts')
    .option('--output <file>', 'where the archive goes (by default gantry-report-TIME.tar.gz here)')
    .addOption(new Option('--incident <name>', 'the incident to pack instead of the newest').conflicts('last'))
    .option('--last', 'the newest incident, and an error where there is none')
    .action((options) => run(async (global) => (await import('./commands/report.ts')).runReport(global, options)));
  define(program, 'diagnose', "say what an engine's log means: phases, facts, the cause of a failure and its cure")
    .argument('[file]', 'a log from any machine; - or nothing reads what is piped in')
    .option('--engine <name>', 'whose log it is, where its lines do not tell')
    .action((file, options) =>
      run(async (global) => (await import('./commands/diagnose.ts')).runDiagnose(global, file, options)),
    );
}

/** Parses the command line, runs one command and gives its exit code. */
async function main(words: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const program = buildProgram(async (action) => {
    const values: {config?: string; json?: boolean; layout?: string; ascii?: boolean} = {
      ...program.opts(),
      ...(words.includes('--json') ? {json: true} : {}),
    };
    exitCode = await action({...values, json: values.json === true, version: readVersion()});
  });
  try {
    await program.parseAsync(words, {from: 'user'});
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    throw error;
  }
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(exitCodes.done);
  // The console has a listener of its own for a terminal that went away.
  if (process.stdout.listenerCount('error') === 1) throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `gantry: this is a bug in Gantry: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = exitCodes.bug;
}
