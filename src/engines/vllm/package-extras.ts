/** Modules that only some options need, by the extra of vLLM that installs them (its `setup.py`, 0.30). */
export const vllmExtras: ReadonlyMap<string, string> = new Map([
  ['runai_model_streamer', 'runai'],
  ['fastsafetensors', 'fastsafetensors'],
  ['tensorizer', 'tensorizer'],
  ['instanttensor', 'instanttensor'],
  ['soundfile', 'audio'],
  ['av', 'audio'],
  ['resampy', 'audio'],
  ['librosa', 'audio'],
  ['petit_kernel', 'petit-kernel'],
  ['helion', 'helion'],
  ['opentelemetry', 'otel'],
  ['pandas', 'bench'],
  ['matplotlib', 'bench'],
  ['datasets', 'bench'],
]);
