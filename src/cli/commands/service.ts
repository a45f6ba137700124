import {randomBytes} from 'node:crypto';
import {access, chmod, mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {execa} from 'execa';
import type {ApiError} from '../../api/commands.ts';
import {logoutFinding, logoutSentence} from '../../domain/diagnosis/logout-survival.ts';
import {errorCode} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {readLoginManager} from '../../sources/host/login-manager.ts';
import {homeDirectory, userName} from '../../supervisor/operating-user.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printText} from '../output.ts';
import {supervisorFlags, withStartVariables} from '../service/process-memory.ts';
import {UNIT_MARK, unitText} from '../service/unit-file.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

const UNIT = 'gantry.service';
const SYSTEMCTL_TIMEOUT_MS = 30_000;

export type ServiceAction = 'install' | 'remove' | 'status';
type ServiceOptions = {readonly system?: boolean; readonly dryRun?: boolean};

/** What was done, and commands to run manually if systemd is not running. */
type Outcome = {readonly unitPath: string; readonly done: readonly string[]; readonly byHand: readonly string[]};

/** `gantry service install | remove | status`: the supervisor as a user or system unit. */
export async function runService(
  global: GlobalOptions,
  action: ServiceAction,
  options: ServiceOptions,
): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output} = wiring.value;
  const scope = options.system === true ? 'system' : 'user';
  const text = unitOf(wiring.value, scope);
  if (action === 'install' && options.dryRun === true) {
    printText(output, text.trimEnd());
    return exitCodes.done;
  }
  const manager = await readLoginManager(userName());
  const unitPath = unitPathOf(wiring.value, scope);
  if (action === 'status') return printStatus(wiring.value, unitPath, scope);
  const outcome =
    action === 'install'
      ? await install(unitPath, text, scope, manager.hasSystemd)
      : await remove(unitPath, scope, manager.hasSystemd);
  if (!outcome.ok) return printError(output, outcome.error);
  if (output.isJson) printJson(output, {schemaVersion: 1, ...outcome.value});
  else printText(output, [...outcome.value.done, ...outcome.value.byHand.map((argv) => `Run: ${argv}`)].join('\n'));
  return exitCodes.done;
}

function unitOf(wiring: Wiring, scope: 'user' | 'system'): string {
  const [, entry] = process.argv;
  if (entry === undefined) throw new Error('process.argv holds no entry point');
  const {directories, environment, configPath} = wiring;
  return unitText({
    scope,
    user: userName(),
    nodePath: process.execPath,
    entryPath: path.resolve(entry),
    configPath,
    flags: supervisorFlags,
    environment: withStartVariables({
      PATH: environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      GANTRY_STATE_DIR: directories.stateDir,
      GANTRY_RUNTIME_DIR: path.dirname(directories.socketPath),
      GANTRY_DATA_DIR: directories.dataDir,
      GANTRY_CONFIG_DIR: directories.configDir,
    }),
  });
}

function unitPathOf({environment}: Wiring, scope: 'user' | 'system'): string {
  if (scope === 'system') return path.join('/etc/systemd/system', UNIT);
  return path.join(
    environment['XDG_CONFIG_HOME'] ?? path.join(environment['HOME'] ?? homeDirectory(), '.config'),
    'systemd/user',
    UNIT,
  );
}

async function install(
  unitPath: string,
  text: string,
  scope: 'user' | 'system',
  hasSystemd: boolean,
): Promise<Result<Outcome, ApiError>> {
  const present = await readUnit(unitPath);
  if (!present.ok) return present;
  if (present.value !== null && !present.value.startsWith(UNIT_MARK)) return err(notOurs(unitPath));
  const draft = `${unitPath}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(path.dirname(unitPath), {recursive: true});
    await writeFile(draft, text, {mode: 0o644, flag: 'wx'});
    // systemd warns about a unit that not everyone can read; it holds no secret.
    await chmod(draft, 0o644);
    await rename(draft, unitPath);
  } catch (error) {
    await rm(draft, {force: true});
    return err(unwritable(unitPath, error));
  }
  return runCommands(unitPath, `Wrote ${unitPath}.`, hasSystemd, [
    systemctl(scope, 'daemon-reload'),
    systemctl(scope, 'enable', '--now', UNIT),
  ]);
}

async function remove(
  unitPath: string,
  scope: 'user' | 'system',
  hasSystemd: boolean,
): Promise<Result<Outcome, ApiError>> {
  const present = await readUnit(unitPath);
  if (!present.ok) return present;
  if (present.value === null) return ok({unitPath, done: [`${unitPath} does not exist.`], byHand: []});
  if (!present.value.startsWith(UNIT_MARK)) return err(notOurs(unitPath));
  // Disable before removing; this does not affect the engine.
  const disabled = await runCommands(unitPath, '', hasSystemd, [systemctl(scope, 'disable', '--now', UNIT)]);
  if (!disabled.ok) return disabled;
  try {
    await rm(unitPath);
  } catch (error) {
    return err(unwritable(unitPath, error));
  }
  const reloaded = await runCommands(unitPath, `Removed ${unitPath}; a running engine keeps serving.`, hasSystemd, [
    systemctl(scope, 'daemon-reload'),
  ]);
  if (!reloaded.ok) return reloaded;
  const {done, byHand} = reloaded.value;
  return ok({
    unitPath,
    done: [...disabled.value.done.filter((line) => line !== ''), ...done],
    byHand: [...disabled.value.byHand, ...byHand],
  });
}

function systemctl(scope: 'user' | 'system', ...argv: readonly string[]): readonly string[] {
  return ['systemctl', ...(scope === 'user' ? ['--user'] : []), ...argv];
}

async function runCommands(
  unitPath: string,
  first: string,
  hasSystemd: boolean,
  commands: readonly (readonly string[])[],
): Promise<Result<Outcome, ApiError>> {
  if (!hasSystemd) return ok({unitPath, done: [first], byHand: commands.map((argv) => argv.join(' '))});
  const done = [first];
  for (const [program = '', ...argv] of commands) {
    const {exitCode, stderr, failed} = await execa(program, argv, {reject: false, timeout: SYSTEMCTL_TIMEOUT_MS});
    if (failed) {
      return err({
        code: 'service.systemctl-failed',
        message: `${[program, ...argv].join(' ')} failed (${exitCode ?? 'not executed'}): ${stderr.trim()}`,
        remedy: `${first} Run it manually, and check journalctl.`,
      });
    }
    done.push(`${[program, ...argv].join(' ')}: done.`);
  }
  return ok({unitPath, done, byHand: []});
}

async function printStatus({output}: Wiring, unitPath: string, scope: 'user' | 'system'): Promise<ExitCode> {
  const manager = await readLoginManager(userName());
  const present = await readUnit(unitPath);
  if (!present.ok) return printError(output, present.error);
  const unit =
    present.value === null ? 'not installed' : present.value.startsWith(UNIT_MARK) ? 'installed' : 'not Gantry\u2019s';
  const {stdout} = manager.hasSystemd
    ? await execa('systemctl', systemctl(scope, 'is-active', UNIT).slice(1), {
        reject: false,
        timeout: SYSTEMCTL_TIMEOUT_MS,
      })
    : {stdout: 'systemd is not running'};
  const finding = logoutFinding(manager);
  if (output.isJson)
    printJson(output, {schemaVersion: 1, unitPath, unit, state: stdout, loginManager: manager, finding});
  else {
    printText(
      output,
      [
        `${unitPath}: ${unit}, ${stdout}`,
        logoutSentence(manager),
        ...(finding === null ? [] : [`-> ${finding.remedy}`]),
      ].join('\n'),
    );
  }
  return unit === 'installed' ? exitCodes.done : exitCodes.refused;
}

async function readUnit(unitPath: string): Promise<Result<string | null, ApiError>> {
  try {
    await access(unitPath);
    return ok(await readFile(unitPath, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ok(null);
    return err(unwritable(unitPath, error));
  }
}

function notOurs(unitPath: string): ApiError {
  return {
    code: 'service.unit-not-ours',
    message: `${unitPath} exists and was not written by gantry service. It was not changed.`,
    remedy: 'Move it to another place, or keep using it.',
  };
}

function unwritable(unitPath: string, error: unknown): ApiError {
  return {
    code: 'service.unit-unwritable',
    message: `${unitPath} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'A system unit needs root. A user unit does not: gantry service install.',
  };
}
