import type {RealHome} from './real-engine.ts';

/** The console of this home in a terminal of this size, once it shows the engine. */
export async function drawnScreen(
  home: RealHome,
  size: {readonly columns: number; readonly rows: number},
): Promise<string> {
  const terminal = home.open([], size);
  try {
    const screen = await terminal.waitFor(
      'the latencies of the engine',
      (text) => /\bready\b/.test(text) && text.includes('Latency'),
      60_000,
    );
    console.log(`The console at ${size.columns} x ${size.rows}:\n${screen}`);
    return screen;
  } finally {
    terminal.kill('SIGKILL');
  }
}
