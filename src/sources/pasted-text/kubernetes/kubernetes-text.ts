import {type OtherTextDiagnosis, otherText} from '../../../domain/diagnosis/text-diagnosis.ts';
import type {Engine} from '../../../engines/engine.ts';
import {countedText} from '../../../shared/quantities/counts.ts';
import {kubernetesFindings} from './cluster-findings.ts';
import {type PodRow, readPodRow} from './pod-rows.ts';

/** A row of events; in front of it its age, or behind it, or none. */
const eventRow =
  /^\s*(?:(?:\d{1,6}[smhd]\w{0,8}|<\w{1,20}>)\s+(?:\(x\d{1,6} over \w{1,20}\)\s+)?)?(?:Normal|Warning)\s+[A-Z][A-Za-z]{2,40}\s+(?:\S.*)?(?:kubelet|scheduler|controller|autoscaler|karpenter|pod\/|deployment|replicaset|node\/|Error: |probe|image|nodes are available)/;
/** Messages of events without their row. */
const bareMessage =
  /^\s*(?:Failed to pull image\b|Pulling image "|Successfully pulled image "|Successfully assigned |Back-off (?:restarting|pulling)|(?:Startup|Readiness|Liveness) probe (?:failed|errored)|\d{1,6}\/\d{1,6} nodes are available: |Error: (?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName)\s*$)|^\s*(?:Message:\s+)?(?:The node was low on resource: |Usage of EmptyDir volume ")|\bFailed to admit pod \S{1,300} - node has conditions: \[/;
/** Headings of `kubectl describe`: what is indented below them belongs to it. */
const heading =
  /^(?:Containers|Init Containers|Events|Conditions|Volumes|Tolerations|Labels|Annotations|Namespace|Node-Selectors|QoS Class|Controlled By|Service Account|Priority|Start Time):(?:$|\s\s)/;
/** Lines of one container, also where only these were copied, or in YAML. */
const containerLine =
  /^\s*(?:(?:Last )?State:\s+(?:Running|Waiting|Terminated)|Reason:\s+(?:OOMKilled|Evicted|Error|CrashLoopBackOff|Completed|ImagePullBackOff|ContainerCannotRun)\b|reason: OOMKilled|Exit Code:\s+\d{1,3}|exitCode: \d{1,3}$|Restart Count:\s+\d)/;
const anyHeading = /^[A-Z][\w .-]{1,40}:(?:$|\s\s)/;

/** Most lines that are kept. */
const MAX_LINES = 20_000;
/** Most pods named one by one. */
const MAX_PODS = 20;

/** Reads what kubectl prints of pods and events, from the lines of any text. */
export class KubernetesText {
  readonly #lines: string[] = [];
  readonly #pods: PodRow[] = [];
  #events = 0;
  #isDescribed = false;
  #isOfPods = false;

  /** Takes a line; true if kubectl printed it. */
  take(text: string): boolean {
    if (/^(?:NAMESPACE +)?NAME +READY +STATUS\b/.test(text)) {
      this.#isOfPods = true;
      return true;
    }
    const pod = readPodRow(text, this.#isOfPods);
    if (pod !== null) {
      this.#pods.push(pod);
      return true;
    }
    if (!this.#isOwn(text)) return false;
    if (this.#lines.length < MAX_LINES) this.#lines.push(text);
    return true;
  }

  #isOwn(text: string): boolean {
    if (eventRow.test(text) || bareMessage.test(text)) {
      this.#events += 1;
      return true;
    }
    if (heading.test(text) || containerLine.test(text)) {
      this.#isDescribed = true;
      return true;
    }
    if (!this.#isDescribed) return false;
    this.#isDescribed = /^\s{2,}\S|^\s*$/.test(text) || anyHeading.test(text);
    return this.#isDescribed;
  }

  /** Number of pods, of events and of lines of a description. */
  get count(): number {
    return this.#pods.length + this.#lines.length;
  }

  /** What is wrong with the pods, the cause first. */
  findings() {
    return kubernetesFindings(this.#lines, this.#pods);
  }

  diagnosis(engines: readonly Engine[], lineCount: number): OtherTextDiagnosis {
    const all = [...this.#lines, ...this.#pods.map(({text}) => text)].join('\n').toLowerCase();
    const parts = [
      ...(this.#pods.length === 0 ? [] : [countedText(this.#pods.length, 'pod')]),
      ...(this.#events === 0 ? [] : [countedText(this.#events, 'event')]),
    ];
    return otherText({
      kind: 'kubernetes',
      engine: engines.find(({name}) => all.includes(name))?.name ?? null,
      displayName: 'Output of kubectl',
      summary: [
        ...(parts.length === 0 ? [] : [`${parts.join(', ')}.`]),
        ...this.#pods
          .slice(0, MAX_PODS)
          .map(({name, status, ready, of}) => `${name}: ${status}, ${ready} of ${of} containers ready.`),
      ],
      findings: this.findings(),
      lineCount,
    });
  }
}
