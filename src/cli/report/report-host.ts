import {readFile, statfs} from 'node:fs/promises';
import os from 'node:os';

/** Host facts that affect an engine. Contains no user name and no address. */
export async function hostFacts(directories: readonly string[]) {
  const places = [...new Set(['/', '/dev/shm', os.tmpdir(), ...directories])];
  return {
    hostname: os.hostname(),
    system: os.version(),
    kernel: os.release(),
    architecture: os.arch(),
    node: process.version,
    uptimeSeconds: Math.round(os.uptime()),
    loadAverage: os.loadavg(),
    cores: os.cpus().length,
    processor: os.cpus()[0]?.model ?? null,
    memoryTotalBytes: os.totalmem(),
    memoryFreeBytes: os.freemem(),
    memory: await memoryLines(),
    disks: await Promise.all(places.map(diskFacts)),
  };
}

/** The first lines of /proc/meminfo: memory, swap and caches. */
async function memoryLines(): Promise<readonly string[]> {
  try {
    return (await readFile('/proc/meminfo', 'utf8')).split('\n').slice(0, 24);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

async function diskFacts(place: string) {
  try {
    const {bsize, blocks, bavail, files, ffree} = await statfs(place);
    return {place, totalBytes: bsize * blocks, freeBytes: bsize * bavail, inodes: files, inodesFree: ffree};
  } catch (error) {
    return {place, problem: error instanceof Error ? error.message : String(error)};
  }
}
