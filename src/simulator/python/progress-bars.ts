/** The progress and duration of a counted task. */
export type Progress = {readonly done: number; readonly total: number; readonly elapsedSeconds: number};

/** The engines' own bar format for checkpoint shards, without a drawn bar. */
export function shardProgress(progress: Progress, name = 'Loading safetensors checkpoint shards'): string {
  return `${name}: ${percent(progress)}% Completed | ${counts(progress)}`;
}

/** tqdm's default format, ten characters of bar. */
export function captureProgress(name: string, progress: Progress): string {
  return `${name}: ${percent(progress)}%|${bar(progress)}| ${counts(progress)}`;
}

function percent({done, total}: Progress): string {
  return ((100 * done) / total).toFixed(0).padStart(3);
}

function bar({done, total}: Progress): string {
  const eighths = Math.floor((80 * done) / total);
  const partial = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '';
  return ('█'.repeat(Math.floor(eighths / 8)) + partial).padEnd(10);
}

function counts({done, total, elapsedSeconds}: Progress): string {
  const perItem = done === 0 ? null : elapsedSeconds / done;
  const remaining = perItem === null ? '?' : clock(perItem * (total - done));
  return `${done}/${total} [${clock(elapsedSeconds)}<${remaining}, ${rate(perItem)}]`;
}

function rate(secondsPerItem: number | null): string {
  if (secondsPerItem === null || secondsPerItem === 0) return '?it/s';
  return secondsPerItem > 1
    ? `${secondsPerItem.toFixed(2).padStart(5)}s/it`
    : `${(1 / secondsPerItem).toFixed(2).padStart(5)}it/s`;
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${two(minutes)}:${two(whole % 60)}`;
}
