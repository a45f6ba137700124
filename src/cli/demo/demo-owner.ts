import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import {errorCode} from '../../shared/error-code.ts';
import {isSameProcess, readStartTicks} from '../../simulator/node/process-start.ts';
import {readRecord} from '../../sources/host/own-files.ts';

/** The command that a simulated node is for: the node ends with it. */
const ownerSchema = z.strictObject({
  pid: z.int().positive(),
  startTicks: z.number(),
  /** What is removed with the node: its own directory, or the temporary home of `gantry demo --once`. */
  directory: z.string(),
});
export type DemoOwner = Readonly<z.infer<typeof ownerSchema>>;

/** Makes this process the owner of a simulated node, also before there is one. */
export function ownNode(nodeDirectory: string, directory: string): void {
  mkdirSync(nodeDirectory, {recursive: true, mode: 0o700});
  const owner: DemoOwner = {pid: process.pid, startTicks: readStartTicks(process.pid) ?? 0, directory};
  writeFileSync(ownerFile(nodeDirectory), `${JSON.stringify(owner)}\n`, {mode: 0o600});
}

/** Leaves a simulated node to itself: it runs until `gantry down`. */
export function disownNode(nodeDirectory: string): void {
  rmSync(ownerFile(nodeDirectory), {force: true});
}

/** The owner of a node; null if it has none, or is gone itself. */
export function readOwner(nodeDirectory: string): DemoOwner | null {
  try {
    return ownerSchema.safeParse(JSON.parse(readRecord(ownerFile(nodeDirectory)) ?? '')).data ?? null;
  } catch (error) {
    // A file that was cut while it was written names no one: such a node is only ended by gantry down.
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** True while the owner runs, exactly this process. */
export function isOwnerAlive({pid, startTicks}: DemoOwner): boolean {
  return isSameProcess(pid, startTicks);
}

function ownerFile(nodeDirectory: string): string {
  return path.join(nodeDirectory, 'owner.json');
}
