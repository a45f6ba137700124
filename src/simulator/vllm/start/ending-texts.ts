import {traceback} from './failure-texts.ts';

type EndingLine = {readonly level: 'INFO' | 'WARNING'; readonly place: string; readonly text: string};
/** What a stop prints, before and after the engine core exits. */
export type ShutdownLines = {
  readonly before: readonly EndingLine[];
  readonly during: readonly EndingLine[];
  readonly after: readonly EndingLine[];
  /** uvicorn's own lines. */
  readonly printed: readonly string[];
};

/** The lines of a clean stop. */
export function shutdownLines(stop: {
  readonly mode: 'abort' | 'drain';
  readonly timeoutSeconds: number;
}): ShutdownLines {
  const info = (place: string, text: string): EndingLine => ({level: 'INFO', place, text: `[shutdown] ${text}`});
  return {
    before: [
      info('launcher.py:100', 'API server: shutdown triggered'),
      info('launcher.py:116', `API server: stopping engine client mode=${stop.mode} timeout=${stop.timeoutSeconds}s`),
    ],
    during: [
      info('core_client.py:655', `MPClient: start timeout=${stop.timeoutSeconds}s`),
      info('core_client.py:657', 'MPClient: stopping engine manager'),
      {
        level: 'WARNING',
        place: 'utils.py:626',
        text: '[shutdown] Process manager: force killing remaining processes count=1',
      },
      info('core_client.py:659', 'MPClient: engine manager stopped'),
      info('core_client.py:662', 'MPClient: complete'),
    ],
    after: [
      info('launcher.py:125', 'API server: engine client stopped'),
      info('launcher.py:128', 'API server: signalling HTTP server shutdown'),
      info('launcher.py:149', 'API server: shutting down FastAPI HTTP server'),
    ],
    printed: [
      'INFO:     Shutting down',
      'INFO:     Waiting for application shutdown.',
      'INFO:     Application shutdown complete.',
    ],
  };
}

/** What the API server logs about an exited engine core, requested or not. */
export function engineDeadLines(): readonly string[] {
  return [
    'AsyncLLM output_handler failed.',
    ...traceback(
      [
        ['v1/engine/async_llm.py', 660, 'output_handler', 'outputs = await engine_core.get_output_async()'],
        ['v1/engine/core_client.py', 1061, 'get_output_async', 'raise self._format_exception(outputs) from None'],
      ],
      'vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. See stack trace (above) for the root cause.',
    ),
  ];
}
