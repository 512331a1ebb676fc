// @ts-check
/* global Idiomorph -- https://github.com/bigskysoftware/idiomorph, loaded before this */
// Keeps the status page fresh: the server sends the sections that changed, as HTML.

/** Silence after which the page says that it is not fresh any more, in milliseconds. */
const silenceMs = 5000;
/** Wait before a connection that was refused is tried again, in milliseconds. */
const againMs = 10_000;

const path = document.body.dataset['live'] ?? '';
/** What was seen last: a new connection goes on from there. */
let seen = '';
let heardMs = performance.now();

/** @param {boolean} isFresh */
function showLink(isFresh) {
  document.body.classList.toggle('stale', !isFresh);
  const link = document.getElementById('link');
  const text = isFresh ? 'Live.' : 'Not live: the exporter does not answer. What is shown is old.';
  if (link !== null && link.textContent !== text) link.textContent = text;
}

/** What a reader has opened stays open. @type {(name: string, element: Element) => boolean} */
function mayChange(name, element) {
  return !(name === 'open' && element instanceof HTMLDetailsElement);
}

/** @param {Record<string, string>} sections */
function show(sections) {
  for (const [id, html] of Object.entries(sections)) {
    const element = document.getElementById(id);
    if (element === null) continue;
    void Idiomorph.morph(element, html, {
      morphStyle: 'outerHTML',
      callbacks: { beforeAttributeUpdated: mayChange },
    });
  }
  document.title = document.getElementById('headline')?.dataset['title'] ?? document.title;
  document.documentElement.dataset['updates'] = String(
    Number(document.documentElement.dataset['updates'] ?? 0) + 1,
  );
}

function connect() {
  const source = new EventSource(seen === '' ? path : `/live?since=${seen}`);
  source.addEventListener('message', ({ data, lastEventId }) => {
    heardMs = performance.now();
    seen = lastEventId;
    show(JSON.parse(data));
    showLink(true);
  });
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, againMs);
  });
}

setInterval(() => {
  if (performance.now() - heardMs > silenceMs) showLink(false);
}, 1000);
// Verdicts are printed with what they rest on.
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('#verdicts details, #evidence details'))
    details.setAttribute('open', '');
});
connect();
