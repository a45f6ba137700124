import type {TextDiagnosis} from '../../domain/diagnosis/text-diagnosis.ts';
import {createSecretMask, createTextMask, maskFinding, type SecretSources, secretsIn} from '../log/redaction.ts';

/**
 * A diagnosis without the secrets of these sources and without what looks or is named like one. The text is read as it is,
 * so that a masked word hides no failure: this is for what is printed of it.
 */
export function maskDiagnosis(diagnosis: TextDiagnosis, sources: SecretSources): TextDiagnosis {
  const newMask = createSecretMask(secretsIn(sources));
  const maskText = createTextMask(newMask);
  const findings = diagnosis.findings.map((finding) => maskFinding(finding, maskText));
  const view = {...diagnosis.view, prefixes: diagnosis.view.prefixes.map(maskText)};
  if (diagnosis.kind !== 'engine-log') return {...diagnosis, view, findings, summary: diagnosis.summary.map(maskText)};
  const maskLine = newMask();
  return {
    ...diagnosis,
    view,
    findings,
    version: diagnosis.version === null ? null : maskText(diagnosis.version),
    facts: Object.fromEntries(Object.entries(diagnosis.facts).map(([name, value]) => [maskText(name), value])),
    lastLines: diagnosis.lastLines.map((line) => ({...line, text: maskLine(line.text)})),
  };
}
