import {readdirSync, readFileSync} from 'node:fs';

/** What a process uses, by /proc. */
export type Usage = {
  readonly rssMib: number;
  readonly openFiles: number;
  /** Bytes that it has caused to be written to disks since its start. */
  readonly diskBytes: number;
};

/** The present use of a process of this user; throws when it has exited. */
export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const io = readFileSync(`/proc/${pid}/io`, 'utf8');
  return {
    rssMib: Number(/^VmRSS:\s+(\d+)/mu.exec(status)?.[1]) / 1024,
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
    diskBytes: Number(/^write_bytes: (\d+)/mu.exec(io)?.[1]),
  };
}

/** Slope of a line through these points by least squares. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (pick: 0 | 1): number => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return covariance / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}
