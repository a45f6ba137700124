import type {Finding} from './finding.ts';

/** What the login manager does with a user's processes. */
export type LoginManager = {
  /** systemd is at work on this host. */
  readonly hasSystemd: boolean;
  readonly user: string;
  /** The user's own manager, and so what it started, stays after the last logout. */
  readonly isLingering: boolean;
  /** Whatever a login session leaves behind is killed at its end. */
  readonly killsUserProcesses: boolean;
};

/** Whether an engine survives a logout, in one sentence. */
export function logoutSentence({hasSystemd, user, isLingering, killsUserProcesses}: LoginManager): string {
  if (!hasSystemd) return 'No systemd is at work here: nothing ends what a login session leaves behind.';
  if (isLingering) return `${user} is lingering: what the user\u2019s own manager started stays after the last logout.`;
  if (killsUserProcesses) {
    return `KillUserProcesses is on and ${user} is not lingering: what a login session starts ends with it.`;
  }
  return 'KillUserProcesses is off: what a login session leaves behind stays.';
}

/** True where an engine that a login session starts would end with it: it must be started in a scope of its own. */
export function endsWithLogin({hasSystemd, killsUserProcesses}: LoginManager): boolean {
  return hasSystemd && killsUserProcesses;
}

/** What an operator should know of it; null where nothing endangers an engine. */
export function logoutFinding(manager: LoginManager): Finding | null {
  const {user, isLingering} = manager;
  if (!endsWithLogin(manager) || isLingering) return null;
  return {
    code: 'host.logout-kills',
    severity: 'warning',
    message: `${logoutSentence(manager)} Gantry starts engines in a scope of their own, which lives as long as the user\u2019s manager.`,
    evidence: null,
    remedy: `Keep that manager after the last logout: loginctl enable-linger ${user}.`,
    settingsChange: null,
  };
}

/** The words before an engine\u2019s command that put it into a scope of its own; none where nothing would end it. */
export function scopeWords(manager: LoginManager, runId: string): readonly string[] {
  if (!endsWithLogin(manager)) return [];
  // --scope runs the command in this very process: pid, session and descriptors stay what they are.
  return ['systemd-run', '--user', '--scope', '--collect', '--quiet', `--unit=gantry-engine-${runId}`, '--'];
}
