import {spawn} from 'node:child_process';

import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {z} from 'zod';
import {containerName, idArguments, removeArguments, stopArguments} from '../../engines/launch/container-command.ts';
import {errorCode} from '../../shared/error-code.ts';
import {isGroupOf} from '../../sources/host/cgroup.ts';
import {readRecord, replaceFile} from '../../sources/host/own-files.ts';
import {runOnce} from '../../sources/nvidia-smi/run-once.ts';
import {isGone} from './proc-stat.ts';

/** Shorter than the lifecycle's kill timeout, which then reports what is left. */
const REMOVE_TIMEOUT_MS = 15_000;
const ID_TIMEOUT_MS = 5_000;

const containerRecordSchema = z.strictObject({
  /** The client's executable, absolute. */
  client: z.string().min(1),
  name: z.string().min(1),
});
/** The container of a run's engine. Its client is the run's process; the engine is not its child. */
export type ContainerRecord = z.infer<typeof containerRecordSchema>;

/** The file with the container's id, written by the client. */
export function containerIdPath(runDirectory: string): string {
  return path.join(runDirectory, 'container.id');
}

function recordPath(runDirectory: string): string {
  return path.join(runDirectory, 'container.json');
}

/** Records in the run's directory that its engine is in a container, needed to stop it later. */
export async function writeContainerRecord(runDirectory: string, record: ContainerRecord): Promise<void> {
  await writeFile(recordPath(runDirectory), `${JSON.stringify(record)}\n`, {mode: 0o600, flag: 'wx'});
}

/** The container that this command line of a run starts; null for an engine that is a host process. */
export function containerOf(argv: readonly string[], runId: string): ContainerRecord | null {
  const [client = '', command] = argv;
  const name = containerName(runId);
  return command === 'run' && argv.includes(name) && client !== '' ? {client, name} : null;
}

/** Writes what was lost of a run's container: its record, and its id, for which the client is asked. */
export async function restoreContainer(runDirectory: string, record: ContainerRecord): Promise<void> {
  if (readContainerRecord(runDirectory) === null) replaceFile(recordPath(runDirectory), `${JSON.stringify(record)}\n`);
  if (readContainerId(runDirectory) !== null) return;
  const asked = await runOnce(record.client, idArguments(record.name), {timeoutMs: ID_TIMEOUT_MS});
  if (asked.kind === 'ended' && asked.exitCode === 0) replaceFile(containerIdPath(runDirectory), asked.stdout);
}

/**
 * The container of a run; null for an engine that is a host process, and where the record cannot be read: the engine is then
 * stopped by its processes, of which the container's client passes signals on.
 */
export function readContainerRecord(runDirectory: string): ContainerRecord | null {
  const text = readOrNull(recordPath(runDirectory));
  if (text === null) return null;
  try {
    return containerRecordSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Asks the engine in a container to stop. Calls `onFailed` if the client fails. Does not wait. */
export function stopContainer({client, name}: ContainerRecord, onFailed: () => void): void {
  // In its own session: the container is stopped even if this process exits meanwhile.
  const child = spawn(client, [...stopArguments(name)], {stdio: 'ignore', detached: true});
  child.once('error', onFailed);
  child.once('exit', (code) => {
    if (code !== 0) onFailed();
  });
  child.unref();
}

/** Kills and removes a container, within a time limit. Anything left is visible in its processes. */
export async function removeContainer({client, name}: ContainerRecord): Promise<void> {
  await runOnce(client, removeArguments(name), {timeoutMs: REMOVE_TIMEOUT_MS});
}

/** The id of a run's container, as written by its client; null before, and for a run without one. */
export function readContainerId(runDirectory: string): string | null {
  const id = readOrNull(containerIdPath(runDirectory))?.trim() ?? '';
  return /^[0-9a-f]{12,64}$/.test(id) ? id : null;
}

/** True for a process of this container: its cgroup has the container's name, and every user can read it. */
export async function isInContainer(pid: number, containerId: string): Promise<boolean> {
  try {
    return isGroupOf(await readFile(`/proc/${pid}/cgroup`, 'utf8'), containerId);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function readOrNull(file: string): string | null {
  try {
    return readRecord(file);
  } catch (error) {
    if (errorCode(error) !== undefined) return null;
    throw error;
  }
}
