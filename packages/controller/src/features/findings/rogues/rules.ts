import type { ControllerRule } from './repository.ts';

/** Somebody on a controller's own network who says to be a controller and is not believed. */
export const ROGUE: ControllerRule = {
  rule: 'rogue-controller',
  title: 'A machine on the network of a controller says to be a controller and is not believed',
  remedy:
    'Find the machine with this address. If it is a controller of another installation, keep the two on networks of their own; if it is nobody you know, take it off the network.',
  severity: 'high',
  // Adversary-in-the-Middle.
  techniques: ['T1557'],
};

/** A machine that asked to become a controller, and that a person turned away. */
export const TURNED_AWAY: ControllerRule = {
  rule: 'controller-turned-away',
  title: 'A machine wanted to join as a controller and was turned away',
  remedy:
    'Find the machine with this address. If somebody of yours set it up, stop it there or let it in after all; if nobody knows it, look at what it is.',
  severity: 'medium',
  // Adversary-in-the-Middle.
  techniques: ['T1557'],
};

/** What controllers notice of each other, by kind. */
export const ALARMS: Readonly<Record<ChainAlarmKind, ControllerRule>> = {
  'clock-skew': {
    rule: 'controller-clock-skew',
    title: 'The clock of a controller is far from that of the one above',
    remedy: 'Set the clock of the machine, and let it follow a time server.',
    severity: 'medium',
    techniques: [],
  },
  'op-forged': {
    rule: 'controller-change-forged',
    title: 'A controller brought changes that their author did not sign',
    remedy:
      'Look at the controller that brought them: somebody changes what passes through it. Revoke it if you cannot tell who.',
    severity: 'high',
    techniques: ['T1565.002'],
  },
  'identity-misused': {
    rule: 'controller-identity-misused',
    title: 'Requests of a controller were played again',
    remedy:
      'Somebody reads what the controller sends. Give it an address with TLS, and look at what lies between the two.',
    severity: 'high',
    techniques: ['T1557'],
  },
  'relay-stale': {
    rule: 'controller-withholds',
    title: 'A controller hands on old news while it says to be connected',
    remedy:
      'Look at the controller: it is cut off, or somebody holds back what passes through it. Those below reach the cloud without it when it is stopped.',
    severity: 'medium',
    techniques: ['T1565.002'],
  },
  'relay-lies': {
    rule: 'controller-lies',
    title: 'A controller handed on what the cloud did not say',
    remedy: 'Revoke the controller, and set its machine up anew.',
    severity: 'critical',
    techniques: ['T1565.002'],
  },
  fork: {
    rule: 'controller-set-back',
    title: 'The database of a controller is a copy, or was set back',
    remedy:
      'If you restored a backup, nothing has to be done. If not, two machines use one identity: revoke it and let both join anew.',
    severity: 'medium',
    techniques: [],
  },
};

/** What is wrong with a controller. */
export type ChainAlarmKind =
  | 'clock-skew'
  | 'op-forged'
  | 'identity-misused'
  | 'relay-stale'
  | 'relay-lies'
  | 'fork';
