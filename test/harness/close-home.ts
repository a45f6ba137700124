import {z} from 'zod';
import {askSocket} from './ask-socket.ts';
import {eventually} from './eventually.ts';
import {commandOf, isAlive, processesWith} from './processes.ts';

const seenSchema = z.object({supervisor: z.object({pid: z.number()}), engine: z.object({state: z.string()})});

/**
 * Stops the engine and the supervisor of a home in order, then kills whatever has the home in its environment. Throws
 * if an orderly stop left a process behind.
 */
export async function closeHome(directory: string, socketPath: string): Promise<void> {
  const isStopped = await stopInOrder(socketPath);
  const left = isStopped ? await leftBehind(directory) : processesWith(directory);
  const named = left.map((pid) => `${pid} (${commandOf(pid)})`).join(', ');
  for (const pid of left) kill(pid);
  await eventually(() => left.every((pid) => !isAlive(pid)), `processes ${left.join(', ')} to be killed`);
  if (isStopped && left.length > 0) throw new Error(`A stop left processes behind: ${named}`);
}

/** Processes that a stop left, after children that were exiting had time to do so. */
async function leftBehind(directory: string): Promise<readonly number[]> {
  try {
    await eventually(() => processesWith(directory).length === 0, 'every process of the home to end', {
      withinMs: 30_000,
    });
    return [];
  } catch {
    return processesWith(directory);
  }
}

/** Stops engine and supervisor; false if no supervisor answers, or if that fails. */
export async function stopInOrder(socketPath: string): Promise<boolean> {
  const before = await look(socketPath);
  if (before === null) return false;
  const {pid} = before.supervisor;
  try {
    await eventually(async () => {
      const state = (await look(socketPath))?.engine.state ?? 'stopped';
      if (state === 'stopped' || state === 'failed') return true;
      const stop = {method: 'POST', body: '{"type":"stop"}'};
      if (state !== 'stopping') await askSocket(socketPath, '/v1/commands', stop);
      return false;
    }, 'the engine to stop');
    process.kill(pid, 'SIGTERM');
    await eventually(() => !isAlive(pid), 'the supervisor to leave');
    return true;
  } catch (error) {
    console.warn(`The supervisor ${pid} had to be killed: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

async function look(socketPath: string): Promise<z.infer<typeof seenSchema> | null> {
  try {
    return seenSchema.safeParse(JSON.parse((await askSocket(socketPath, '/v1/snapshot')).text)).data ?? null;
  } catch {
    return null;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
