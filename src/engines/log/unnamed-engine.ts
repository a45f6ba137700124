import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type Engine, type EngineLogEvent, unknownLogContext} from '../engine.ts';
import {unnamedTorchEngine} from '../torch/torch-engine.ts';
import {torchFailures} from '../torch/torch-failures.ts';
import type {DiagnosedEngine} from './diagnose-log.ts';
import {type Failure, findFailure} from './failure-catalog.ts';

const displayName = 'The program';

/** What PyTorch, CUDA, NCCL and the hub report in every engine that is built on them. */
const commonFailures: readonly Failure[] = torchFailures(unnamedTorchEngine);

/**
 * Reads a text that does not tell which engine wrote it: a failure that several engines have in common is diagnosed as
 * that, without an engine.
 */
export function unnamedEngine(engines: readonly Engine[]): DiagnosedEngine {
  return {
    name: null,
    displayName,
    roleOfProcess: (command) => {
      const known = engines.find(({roleOfProcess}) => roleOfProcess(command) !== null);
      return known?.roleOfProcess(command) ?? null;
    },
    readLogTimeMs: (text) => {
      for (const engine of engines) {
        const timeMs = engine.readLogTimeMs(text);
        if (timeMs !== null) return timeMs;
      }
      return null;
    },
    interpretLogLine(text) {
      const common = findFailure('common', commonFailures, text, unknownLogContext);
      // Memory comes first in every catalog: a kernel or NCCL reports it in its own message.
      const special = failuresOf(engines, text);
      return common.length === 0 || (special.length > 0 && !isCommon(special)) ? special : common;
    },
  };
}

/** Codes of `commonFailures`, which say the same without an engine's name. */
const commonCodes: ReadonlySet<string> = new Set(commonFailures.map(({code}) => code));

function isCommon(events: readonly EngineLogEvent[]): boolean {
  return events.some((event) => event.type === 'failure' && commonCodes.has(nameOf(event.finding.code)));
}

/** The failure that the first of the engines sees in a line, if its text says nothing that holds for that engine alone. */
function failuresOf(engines: readonly Engine[], text: string): readonly EngineLogEvent[] {
  for (const engine of engines) {
    const events = engine.interpretLogLine(text, unknownLogContext).filter(({type}) => type === 'failure');
    const isOwn = events.some((event) => event.type === 'failure' && isOfOneEngine(event.finding, engine));
    if (events.length > 0 && !isOwn) return events.map(withoutEngine);
  }
  return [];
}

/** It names the engine, or an option on a command line: that of another engine is another one. */
function isOfOneEngine({message, remedy}: Finding, {displayName}: Engine): boolean {
  const text = `${message} ${remedy}`;
  return text.includes(displayName) || /(?<![\w-])--[a-z]/.test(text);
}

function withoutEngine(event: EngineLogEvent): EngineLogEvent {
  if (event.type !== 'failure') return event;
  return {...event, finding: {...event.finding, code: `common.${nameOf(event.finding.code)}`}};
}

function nameOf(code: string): string {
  return code.slice(code.indexOf('.') + 1);
}
