import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import fetch from 'node-fetch';
import { z } from 'zod';
import { limitedSignal } from '../collectors/limited-signal.js';
import type { Clock, Secrets } from '../collectors/contract.js';
import { readBody } from '../collectors/http/get-json.js';
import { readTlsMaterial } from '../collectors/http/tls-material.js';
import type { Config } from '../config/schema.js';
import {
  isSigned,
  newNonce,
  nonceHeader,
  peerPath,
  sign,
  signatureHeader,
} from './peer-signature.js';

type PeersConfig = NonNullable<Config['peers']>;
type PeerConfig = PeersConfig['exporters'][number];

const maxBytes = 64 * 1024;
/** Questions without an answer after which a peer's word no longer counts. */
const staleRounds = 2;

const answerSchema = z.object({
  deployment: z.string(),
  regions: z.array(z.object({ region: z.string(), isDownHere: z.boolean() })).max(100),
});

/** What a peer said, by region; undefined when it was not heard. */
export type Heard = ReadonlyMap<string, boolean> | undefined;

export interface PeerListener {
  heard(peer: string, isDownByRegion: Heard): void;
  /** Told when a peer begins or ceases to answer. */
  changed(peer: string, error: string | undefined): void;
}

interface PeerState {
  readonly controller: AbortController;
  misses: number;
  isUp: boolean | undefined;
}

/** Asks other exporters, each in its own rhythm, what they see of the regions. */
export class Peers {
  private config: PeersConfig | undefined;
  private deployment = '';
  private readonly states = new Map<string, PeerState>();

  constructor(
    private readonly secrets: Secrets,
    private readonly clock: Clock,
    private readonly listener: PeerListener,
  ) {}

  /** Makes exactly these be asked. */
  configure({ peers, deployment }: Config): void {
    this.stop();
    this.config = peers;
    this.deployment = deployment;
    for (const peer of peers?.exporters ?? []) {
      const state = { controller: new AbortController(), misses: 0, isUp: undefined };
      this.states.set(peer.name, state);
      void this.keepAsking(peer, state);
    }
  }

  stop(): void {
    for (const { controller } of this.states.values()) controller.abort();
    this.states.clear();
  }

  private async keepAsking(peer: PeerConfig, state: PeerState): Promise<void> {
    const { signal } = state.controller;
    while (!signal.aborted) {
      const startedMs = this.clock.now().monoMs;
      await this.askOnce(peer, state);
      const restMs = (this.config?.interval ?? 0) - (this.clock.now().monoMs - startedMs);
      await sleep(Math.max(50, restMs), undefined, { signal }).catch(() => undefined);
    }
  }

  private async askOnce(peer: PeerConfig, state: PeerState): Promise<void> {
    try {
      const heard = await this.ask(peer, state.controller.signal);
      if (state.controller.signal.aborted) return;
      state.misses = 0;
      this.tell(peer.name, state, heard, undefined);
    } catch (error) {
      if (state.controller.signal.aborted) return;
      state.misses += 1;
      const why = error instanceof Error ? error.message : String(error);
      if (state.misses >= staleRounds) this.tell(peer.name, state, undefined, why);
    }
  }

  private tell(peer: string, state: PeerState, heard: Heard, error: string | undefined): void {
    const isUp = heard !== undefined;
    if (state.isUp !== isUp) this.listener.changed(peer, error);
    state.isUp = isUp;
    this.listener.heard(peer, heard);
  }

  private async ask({ url, tls }: PeerConfig, stopping: AbortSignal): Promise<Heard> {
    const { secret: ref, timeout } = this.config!;
    const secret = await this.secrets.read(ref);
    const nonce = newNonce();
    const signal = limitedSignal(stopping, timeout);
    const address = new URL(peerPath, url);
    const isHttps = address.protocol === 'https:';
    const response = await fetch(address, {
      headers: { [nonceHeader]: nonce, [signatureHeader]: sign(secret, 'question', nonce) },
      agent: isHttps ? new HttpsAgent(await readTlsMaterial(tls)) : new HttpAgent(),
      redirect: 'manual',
      compress: false,
      signal,
    });
    if (response.status !== 200) throw new Error(`GET ${address.href}: status ${response.status}`);
    const text = (await readBody(response, address.href, maxBytes)).toString('utf8');
    const expected = sign(secret, 'answer', nonce, text);
    if (!isSigned(expected, response.headers.get(signatureHeader)))
      throw new Error(`GET ${address.href}: the answer is not signed with the shared secret`);
    return this.viewOf(text, address.href);
  }

  private viewOf(text: string, address: string): Heard {
    const { deployment, regions } = answerSchema.parse(JSON.parse(text));
    if (deployment !== this.deployment)
      throw new Error(`GET ${address}: it watches ${deployment}, not ${this.deployment}`);
    return new Map(regions.map(({ region, isDownHere }) => [region, isDownHere]));
  }
}
