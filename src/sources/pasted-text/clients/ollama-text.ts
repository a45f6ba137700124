import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../../domain/diagnosis/text-diagnosis.ts';
import {countedText} from '../../../shared/quantities/counts.ts';

/** A line of its own logger; what its runner prints is between them. */
const ownLine =
  /^(?:\S{1,80} )?time=\S{10,40} level=(\w{2,6}) source=[\w./-]{1,80}\.go:\d{1,6} msg=("(?:[^"\\]|\\.){0,2000}"|\S{1,200})(.*)/;
const version = /Listening on \S{1,80} \(version ([\w.-]{1,40})\)/;
const noGpu = /no compatible GPUs were discovered|entering low vram mode.{0,40}"0 B"/;
const device = /\blibrary=(\w{1,20})/;
const tooLittle = /model requires more system memory \(([\d.]+ \w{1,3})\) than is available \(([\d.]+ \w{1,3})\)/;

/** Most lines of its logger that make a text its log. */
const LEAST_LINES = 2;

/** Reads the log of Ollama, from the lines of any text. */
export class OllamaText {
  #count = 0;
  #errors = 0;
  #version: string | null = null;
  #devices = new Set<string>();
  readonly #findings = new Map<string, Finding>();

  /** Notes a line, which may still be of the runner. */
  note(text: string): void {
    if (!text.includes('level=')) return;
    const [, level, said = '', rest = ''] = ownLine.exec(text) ?? [];
    if (level === undefined) return;
    this.#count += 1;
    this.#version = version.exec(said)?.[1] ?? this.#version;
    if (said === '"inference compute"') this.#devices.add(device.exec(rest)?.[1] ?? 'unknown');
    if (noGpu.test(`${said}${rest}`)) this.#noteNoGpu(text);
    const [, needed, available] = tooLittle.exec(text) ?? [];
    if (needed !== undefined) {
      this.#add(
        'model-too-large',
        'critical',
        `The model needs ${needed} of memory, and ${available} are free.`,
        'Use a smaller model or quantization, a shorter context (OLLAMA_CONTEXT_LENGTH), or give the container or host more memory.',
        text,
      );
    } else if (level === 'ERROR') {
      this.#errors += 1;
      this.#add(
        'error-logged',
        'warning',
        `Ollama logged an error: ${said.replaceAll('"', '').slice(0, 200)}.`,
        'The lines before it, of its runner too, say more. OLLAMA_DEBUG=1 logs more of them.',
        text,
      );
    }
  }

  #noteNoGpu(text: string): void {
    this.#add(
      'computes-on-cpu',
      'warning',
      'Ollama found no GPU: it computes on the CPU, which is many times slower.',
      'In a container, start it with its GPUs (--gpus all, with the NVIDIA container toolkit; AMD: --device /dev/kfd --device /dev/dri). On a host, check nvidia-smi and CUDA_VISIBLE_DEVICES; after a suspend, reload nvidia_uvm.',
      text,
    );
  }

  #add(code: string, severity: Finding['severity'], message: string, remedy: string, evidence: string): void {
    if (this.#findings.has(code)) return;
    this.#findings.set(code, {
      code: `server.${code}`,
      severity,
      message,
      evidence: evidence.trim().slice(0, 400),
      remedy,
      settingsChange: null,
    });
  }

  /** True for a text of Ollama. */
  get isOllama(): boolean {
    return this.#count >= LEAST_LINES;
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    const devices = [...this.#devices].join(', ');
    return otherText({
      kind: 'server-log',
      engine: null,
      displayName: `Log of Ollama${this.#version === null ? '' : ` ${this.#version}`}`,
      summary: [
        `${countedText(this.#count, 'line')} of the server itself, ${countedText(this.#errors, 'error')}${devices === '' ? '' : `; it computes on: ${devices}`}.`,
        'For a model that does not load, give the lines of its runner too, which are between those of the server.',
      ],
      findings: [...this.#findings.values()],
      lineCount,
    });
  }
}
