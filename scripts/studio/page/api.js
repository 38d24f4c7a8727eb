// Requests to the studio's server.

const KEY = 'midime-studio-token';

/** The token in the address that the studio printed; it is taken out of the address bar, and remembered. */
function findToken() {
  const query = new URLSearchParams(location.search), given = query.get('token');
  if (given) {
    history.replaceState(null, '', location.pathname + location.hash);
    localStorage.setItem(KEY, given);
  }
  return given || localStorage.getItem(KEY) || '';
}

export const token = findToken();

async function answer(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {...options, headers: {...options.headers, 'X-Studio-Token': token}});
  } catch {
    throw new Error('The studio does not answer: is it still running in its terminal?');
  }
  if (!response.ok) {
    const said = await response.json().catch(() => ({}));
    throw new Error(said.error || `The studio answered ${response.status}.`);
  }
  return response;
}

const json = (body) => ({method: 'POST', body: JSON.stringify(body), headers: {'Content-Type': 'application/json'}});

export const get = async (path) => (await answer(path)).json();
export const getBytes = async (path) => (await answer(path)).arrayBuffer();
export const post = async (path, body = {}) => (await answer(path, json(body))).json();
export const postForBlob = async (path, body) => (await answer(path, json(body))).blob();

/** Sends files under names of their own, and other fields. */
export async function upload(path, files, fields = {}) {
  const form = new FormData();
  Object.entries(fields).forEach(([name, value]) => form.append(name, value));
  files.forEach(({file, name}) => form.append('file', file, name));
  return (await answer(path, {method: 'POST', body: form})).json();
}

/** An address that a browser can fetch by itself. */
export const address = (path) => `${location.origin}${path}?token=${encodeURIComponent(token)}`;

/** Calls `handlers[event](data)` for what happens in the studio; `lost` when it is gone for a while. */
export function listen(handlers, lost) {
  const source = new EventSource(address('/api/events'));
  Object.entries(handlers).forEach(([name, handler]) => {
    source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
  });
  source.addEventListener('error', lost);
}

/** Offers a blob as a file. */
export function download(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
