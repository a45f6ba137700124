import {Command, CommanderError, Option} from 'commander';
import {consoleFlags} from '../domain/configuration/setting-commands.ts';
import {nearestName} from '../domain/settings/nearest-name.ts';
import {engineNames} from '../engines/engine-names.ts';
import {themeChoices} from '../shared/appearance/theme-choices.ts';
import {MS_PER_DAY, MS_PER_HOUR} from '../shared/units.ts';
import {scenarioNames} from '../simulator/node/scenarios.ts';
import {defineBench} from './bench/define-bench.ts';
import {addBreakEvenOptions} from './cost/define-break-even.ts';
import {addCostOptions} from './cost/define-cost.ts';
import {type ExitCode, exitCodes} from './exit-codes.ts';
import {addSettingFlags, settingOption, withSettings} from './launch-options.ts';
import {
  engineVersion,
  eventCount,
  eventsTime,
  historyTime,
  positiveInteger,
  recordingTime,
  seriesArgument,
  waitTime,
} from './option-values.ts';
import {printProblems} from './output.ts';
import {DEFAULT_LOG_LINES} from './quick/print-answers.ts';
import {ownVersion} from './supervision/own-version.ts';
import type {GlobalOptions} from './wiring.ts';

type Run = (action: (global: GlobalOptions) => Promise<ExitCode>) => Promise<void>;

function buildProgram(run: Run, writeErr: (text: string) => void): Command {
  const program = new Command('gantry').configureOutput({writeErr});
  program
    .description('The operations console of a self-hosted Kimi K2.7 Code node.')
    .version(ownVersion())
    .option('--config <file>', 'configuration file instead of the one in the XDG config directory')
    .option('--json', 'print one JSON document')
    .option(`${consoleFlags['console.layout']} <name>`, 'console layout')
    .option('--ascii', 'use only ASCII characters')
    .addOption(
      new Option(`${consoleFlags['console.theme']} <name>`, 'colors, instead of console.theme').choices(themeChoices),
    )
    .option(consoleFlags['console.mouse'], 'use the mouse in the console, as console.mouse does')
    .option('--read-only', 'console in which nothing that acts on the node can be reached')
    .showHelpAfterError('Run gantry --help for a list of commands.')
    .exitOverride()
    .helpCommand('help [command]', 'show help for a command')
    .allowExcessArguments()
    .action(() => {
      const [unknown] = program.args;
      if (unknown !== undefined) program.error(unknownCommand(program, unknown));
      return run(async (global) => (await import('./commands/console.ts')).runConsoleCommand(global));
    });
  defineDemo(program, run);
  defineLifecycle(program, run);
  defineService(program, run);
  defineSupervisor(program, run);
  defineViews(program, run);
  defineBench(program, define, run);
  defineRecords(program, run);
  program
    .command('supervise', {hidden: true})
    .allowExcessArguments(false)
    .description('run the supervisor in the foreground (started on demand by other commands)')
    .option('--simulated-node <dir>', 'supervise the simulated node in this directory')
    .option('--stay', 'do not exit when idle: a service manager would only start it again')
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
  return `error: unknown command "${word}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`;
}

function define(parent: Command, name: string, summary: string): Command {
  const path = parent.parent === null ? name : `${parent.name()} ${name}`;
  return (
    parent
      .command(name)
      .summary(summary)
      .description(summary)
      .option('--json', 'print one JSON document')
      // `gantry restart 128K` must not restart with what is in force.
      .allowExcessArguments(false)
      .showHelpAfterError(`Run gantry ${path} --help for its options.`)
  );
}

function defineDemo(program: Command, run: Run): void {
  const demo = define(program, 'demo', 'run everything on a simulated 8x H200 node')
    .option('--once', 'wait for one complete snapshot, print it, then stop everything')
    .option('--detach', 'keep the simulated node running and exit')
    .option('--no-past', 'without the simulated use of the two weeks before')
    .addOption(
      new Option('--scenario <name>', 'scenario on the simulated node').choices(scenarioNames).default('steady'),
    )
    .addOption(settingOption('engine').choices(engineNames))
    .option('--speed <factor>', 'speed-up of the engine start', positiveInteger);
  addSettingFlags(demo, ['contextLengthTokens', 'memoryFraction']).action((options) =>
    run(async (global) => (await import('./commands/demo.ts')).runDemo(global, withSettings(options))),
  );
}

/** Commands that change the engine. */
function defineLifecycle(program: Command, run: Run): void {
  addSettingFlags(define(program, 'up', 'start the engine if the plan fits'))
    .option('--dry-run', 'show the command, its environment and the reasons; start nothing')
    .option('--force', 'start even if the plan does not fit')
    .option('--wait', 'return when the engine is ready or has failed')
    .action((options) =>
      run(async (global) => (await import('./commands/up.ts')).runUp(global, withSettings(options))),
    );
  define(program, 'down', 'stop the engine')
    .option('--drain <time>', 'wait this long for running requests to finish', waitTime, 0)
    .action((options) => run(async (global) => (await import('./commands/down.ts')).runDown(global, options)));
  addSettingFlags(define(program, 'restart', 'restart the engine with changed settings'))
    .option('--drain <time>', 'wait this long for running requests to finish', waitTime, 0)
    .option('--dry-run', 'only show what would change')
    .option('--force', 'restart even if the plan does not fit')
    .option('--last-good', 'start from the last settings that served instead of the current ones')
    .option('--rollback', 'return to the last good settings if the new ones do not become ready')
    .option('--wait', 'return when the engine is ready or has failed')
    .action((options) =>
      run(async (global) => (await import('./commands/restart.ts')).runRestart(global, withSettings(options))),
    );
}

/** Commands for the supervisor's systemd unit. */
function defineService(program: Command, run: Run): void {
  const service = define(program, 'service', 'manage the supervisor as a systemd unit');
  for (const [action, what] of [
    ['install', 'write the unit and start it if systemd is running'],
    ['remove', 'stop and remove the unit; the engine keeps serving'],
    ['status', 'show whether it is installed and whether an engine survives a logout'],
  ] as const) {
    const command = define(service, action, what).option('--system', 'system unit instead of a user unit');
    if (action === 'install') command.option('--dry-run', 'only print the unit');
    command.action((options) =>
      run(async (global) => (await import('./commands/service.ts')).runService(global, action, options)),
    );
  }
}

/** Commands for the supervisor itself. */
function defineSupervisor(program: Command, run: Run): void {
  const supervisor = define(program, 'supervisor', 'manage the supervisor; the engine keeps serving');
  define(supervisor, 'restart', 'end the supervisor, also a frozen one, and start a new one').action(() =>
    run(async (global) => (await import('./commands/supervisor-restart.ts')).runSupervisorRestart(global)),
  );
}

/** Read-only commands. */
function defineViews(program: Command, run: Run): void {
  addSettingFlags(define(program, 'plan', 'check whether a launch fits before starting it'))
    .option('--gpus <node>', 'GPUs from the catalog instead of this host: 8xH200, 2x8xH100')
    .addOption(settingOption('engine').choices(engineNames))
    .option(
      '--engine-version <version>',
      'engine version instead of the installed one; what the engine uses depends on it',
      engineVersion,
    )
    .addOption(settingOption('extraArguments'))
    .option('--explain', 'show the arithmetic line by line')
    .addOption(new Option('--matrix', 'formats x nodes x contexts as tables').conflicts(['explain', 'nominal']))
    .addOption(
      new Option('--nominal', "the published guide's arithmetic next to the exact numbers").conflicts('explain'),
    )
    .option('--calibration', "measurements of this node's starts, and the error of every past prediction")
    .action((options) =>
      run(async (global) =>
        options.calibration === true
          ? (await import('./commands/plan-calibration.ts')).runPlanCalibration(global)
          : (await import('./commands/plan.ts')).runPlan(global, withSettings(options)),
      ),
    );
  addBreakEvenOptions(
    define(program, 'break-even', 'compute from which traffic on a node costs less than an API'),
  ).action((options) =>
    run(async (global) => (await import('./commands/api-break-even.ts')).runBreakEven(global, options)),
  );
  define(program, 'right-size', 'compare context and node with what was asked of them: shorter, smaller, cheaper')
    .option('--since <time>', 'how far back, at most 30d (default: 7d)', historyTime)
    .action(({since = 7 * MS_PER_DAY}) =>
      run(async (global) => (await import('./commands/node-size.ts')).runRightSize(global, {since})),
    );
  define(program, 'status', 'print one snapshot')
    .option('--watch', 'print a new one every second')
    .addOption(new Option('--record <file>', 'record everything from now on, for gantry replay').conflicts('watch'))
    .option('--for <time>', 'how long to record, at most 24h', recordingTime)
    .action(({record, ...options}) =>
      run(async (global) => {
        if (record !== undefined) return (await import('./commands/record.ts')).runRecord(global, {...options, record});
        if (options.for !== undefined) program.error('error: --for needs --record');
        return (await import('./commands/status.ts')).runStatus(global, options);
      }),
    );
  const config = define(program, 'config', 'show every value of the configuration in force, and where it came from');
  config.action(() => run(async (global) => (await import('./commands/config.ts')).runConfig(global)));
  define(config, 'rotate-key', "write a new API key for the engine's next start")
    .option('--show', 'also print the key')
    .action((options) =>
      run(async (global) => (await import('./commands/rotate-key.ts')).runRotateKey(global, options)),
    );
  define(program, 'gpus', 'print the GPUs').action(() =>
    run(async (global) => (await import('./commands/gpus.ts')).runGpus(global)),
  );
  define(program, 'doctor', 'check whether this host can run the engine; start nothing').action(() =>
    run(async (global) => (await import('./commands/doctor.ts')).runDoctor(global)),
  );
}

const DEFAULT_EVENTS = 200;

/** Commands that read what was recorded. */
function defineRecords(program: Command, run: Run): void {
  define(program, 'logs', "print the engine's log")
    .option('-f, --follow', 'keep printing new lines')
    .option('-n, --lines <count>', 'number of lines from the end', positiveInteger, DEFAULT_LOG_LINES)
    .action((options) => run(async (global) => (await import('./commands/logs.ts')).runLogs(global, options)));
  define(program, 'events', 'show what happened, when, why and by whom')
    .option('--since <time>', 'how far back: 24h, 30m, 7d', eventsTime)
    .option('--limit <count>', 'maximum number of events, newest first', eventCount, DEFAULT_EVENTS)
    .option('-f, --follow', 'keep printing new events')
    .action((options) => run(async (global) => (await import('./commands/events.ts')).runEvents(global, options)));
  define(program, 'history', 'plot what was kept of the node and its GPUs; without a series, list them all')
    .argument('[series...]', 'kvUsageRatio, gpu.powerDrawWatts (every GPU), gpu3.powerDrawWatts', seriesArgument)
    .option('--since <time>', 'how far back, at most 30d (default: 1h)', historyTime)
    .option('--csv', 'print comma-separated values')
    .action((series, options) =>
      run(async (global) => {
        if (options.csv === true && global.json) program.error('error: --csv and --json exclude each other');
        const {since = MS_PER_HOUR} = options;
        return (await import('./commands/series.ts')).runHistory(global, series, {...options, since});
      }),
    );
  addCostOptions(
    define(program, 'cost', 'show what the node cost, and what its tokens would have cost at an API'),
  ).action((options) => run(async (global) => (await import('./commands/show-cost.ts')).runCost(global, options)));
  define(program, 'report', 'create an archive for a bug report, without keys and prompts')
    .option('--output <file>', 'archive file (default: gantry-report-TIME.tar.gz in the current directory)')
    .addOption(new Option('--incident <name>', 'use this incident instead of the newest').conflicts('last'))
    .option('--last', 'use the newest incident; an error if there is none')
    .action((options) => run(async (global) => (await import('./commands/report.ts')).runReport(global, options)));
  define(program, 'replay', 'show a recording in the console: the minutes before an incident, or what was recorded')
    .argument('<file>', 'archive of gantry report, directory of an incident, or file of gantry status --record')
    .action((file) => run(async (global) => (await import('./commands/replay.ts')).runReplay(global, file)));
  define(program, 'diagnose', "analyze an engine's log: phases, facts, the cause of a failure and how to fix it")
    .argument('[file]', 'a log from any machine; - or no file reads standard input')
    .option('--engine <name>', 'engine of the log, if it is not recognized')
    .action((file, options) =>
      run(async (global) => (await import('./commands/diagnose.ts')).runDiagnose(global, file, options)),
    );
}

/** Parses the command line, runs one command and returns its exit code. */
export async function runProgram(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const problems: string[] = [];
  const perform: Run = async (action) => {
    const values: Partial<Omit<GlobalOptions, 'version'>> = {
      ...program.opts(),
      ...(argv.includes('--json') ? {json: true} : {}),
    };
    exitCode = await action({...values, json: values.json === true, version: ownVersion()});
  };
  const program = buildProgram(perform, (text) => problems.push(text));
  try {
    await program.parseAsync(argv, {from: 'user'});
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    printProblems(problems.join(''));
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}
