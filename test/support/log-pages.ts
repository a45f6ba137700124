import type {LogPage, LogPageQuery} from '../../src/api/log-page.ts';
import {compileFilter} from '../../src/domain/log-lines/line-filter.ts';
import {ok, type Result} from '../../src/shared/result.ts';

/** The lines of a log file with their places, each with its line feed. */
export function placed(texts: readonly string[]): LogPage['lines'] {
  let at = 0;
  return texts.map((text) => {
    const line = {offsetBytes: at, text};
    at += text.length + 1;
    return line;
  });
}

/** Answers pages of a log as the supervisor does; times are `timeOf` a line. `mostBytes`: no page looks through more. */
export function pagesOf(
  texts: readonly string[],
  {mostBytes = 4_000, timeOf = () => 0}: {readonly mostBytes?: number; readonly timeOf?: (text: string) => number} = {},
) {
  const all = placed(texts);
  const endBytes = texts.reduce((sum, text) => sum + text.length + 1, 0);
  return async (query: LogPageQuery): Promise<Result<LogPage, never>> => {
    const filter = compileFilter(query);
    if (!filter.ok) throw new Error(filter.error);
    const timed = all.find(({text}) => timeOf(text) >= (query.atMs ?? 0))?.offsetBytes ?? endBytes;
    const after = query.atMs === undefined ? query.after : timed;
    const limits = {runId: 'run-1', startBytes: 0, endBytes};
    if (after === undefined) {
      const toBytes = Math.min(endBytes, query.before ?? endBytes);
      const least = Math.max(0, toBytes - mostBytes);
      const found = all.filter(({offsetBytes: at, text}) => at >= least && at < toBytes && filter.value(text));
      const lines = found.slice(-query.lines);
      return ok({
        ...limits,
        lines,
        fromBytes: found.length > lines.length ? (lines[0]?.offsetBytes ?? 0) : least,
        toBytes,
      });
    }
    const most = Math.min(endBytes, after + mostBytes);
    const found = all.filter(({offsetBytes: at, text}) => at >= after && at < most && filter.value(text));
    const toBytes = found[query.lines]?.offsetBytes ?? most;
    return ok({...limits, lines: found.slice(0, query.lines), fromBytes: after, toBytes});
  };
}
