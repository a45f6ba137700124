import {writeAll} from '../../process/write-all.ts';
import {logHead, type Pids, processPrefix, type Speaker} from '../start/print-log.ts';

/** Where the simulated processes print, with the head and prefix that each line gets. */
export type LogSink = {
  readonly log: (from: Speaker, level: 'INFO' | 'WARNING' | 'ERROR', place: string, text: string) => void;
  readonly print: (from: Speaker, stream: 'stdout' | 'stderr', text: string) => void;
  /** A bar that redraws itself: carriage returns within one line. */
  readonly redraw: (from: Speaker, text: string, at: {readonly isFirst: boolean; readonly isLast: boolean}) => void;
};

/** Writes to this process's own stdout and stderr; `pids` is read at each line, because processes start one by one. */
export function createLogSink(pids: () => Pids): LogSink {
  return {
    log: (from, level, place, text) =>
      writeAll(1, `${processPrefix(from, pids())}${logHead(level, place, new Date())}${text}\n`),
    print: (from, stream, text) => writeAll(stream === 'stdout' ? 1 : 2, `${processPrefix(from, pids())}${text}\n`),
    redraw: (from, text, {isFirst, isLast}) =>
      writeAll(2, `${isFirst ? processPrefix(from, pids()) : ''}\r${text}${isLast ? '\n' : ''}`),
  };
}
