/** What a line must contain before it is examined. */
const hint = /Error|Exception|Interrupt|Exit| E /;

const pattern =
  /(?:^|[\s\]])(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit)(?:: \S|$)|^\d+\.\d\d\.\d{3}\.\d{3} E /;

/** vLLM: `(EngineCore_DP0 pid=70)`, `(Worker_TP1_EP1 pid=71)`, before 0.10 only the source; SGLang: `[2026-05-06 12:35:08 TP0]`. */
const engineProcess =
  /\((?:EngineCore|Worker|VllmWorker|RayWorkerWrapper)\w* (?:rank=\d+ )?pid=|\[(?:core|multiproc_executor|worker_base)\.py:|^\[[^\]]* (?:DP|PP|TP|EP)\d+\]/;

/** True for a line that a process of the engine logged; its HTTP server, which serves the clients, is none of them. */
export function isEngineProcessLine(text: string): boolean {
  return engineProcess.test(text);
}

/** True for the line of a traceback that names the exception, and for an error line of llama.cpp. */
export function isExceptionLine(text: string): boolean {
  return hint.test(text) && pattern.test(text);
}
