/** What is shown, and its form in the address: everything after the # can be shared. */

export const LISTS = {
  country: 'country_iso3',
  tactic: 'event_type',
  target: 'target_type',
  toll: 'toll_status',
  place: 'geo_precision',
  day: 'date_precision',
} as const;
/** Filters that are lists of codes, by their name in the address. */
export type ListName = keyof typeof LISTS;
export const LIST_NAMES = Object.keys(LISTS) as ListName[];

export const ROLES = ['perpetrator', 'target', 'party'] as const;
export const SORTS = ['date', 'place', 'tactic', 'figure', 'reports'] as const;
export type Sort = (typeof SORTS)[number];
export type Language = 'en' | 'fr';

export interface MapView {
  latitude: number;
  longitude: number;
  zoom: number;
}

export interface View {
  lists: Record<ListName, string[]>;
  actors: string[];
  role: string | null;
  from: string | null;
  to: string | null;
  /** Smallest and largest best figure of the measure. */
  least: number | null;
  most: number | null;
  text: string;
  measure: string;
  bars: 'incidents' | 'figure';
  sort: Sort;
  descending: boolean;
  map: MapView | null;
  radii: boolean;
}

export type Page =
  | { name: 'explore' | 'releases' | 'changes' | 'codebook' | 'nothing' }
  | { name: 'incident' | 'operation'; id: string };

export interface Address {
  page: Page;
  view: View;
  language: Language | null;
}

export const EMPTY: View = {
  lists: { country: [], tactic: [], target: [], toll: [], place: [], day: [] },
  actors: [],
  role: null,
  from: null,
  to: null,
  least: null,
  most: null,
  text: '',
  measure: 'killed',
  bars: 'incidents',
  sort: 'date',
  descending: true,
  map: null,
  radii: false,
};

const CODE = /^[A-Za-z0-9_-]{1,80}$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LONGEST_TEXT = 200;

/** The view without any filter; how it is shown stays. */
export const unfiltered = (view: View): View => ({
  ...EMPTY,
  measure: view.measure,
  bars: view.bars,
  sort: view.sort,
  descending: view.descending,
  map: view.map,
  radii: view.radii,
});

/** Whether anything is filtered. */
export const isFiltered = (view: View): boolean =>
  LIST_NAMES.some((name) => view.lists[name].length > 0) ||
  view.actors.length > 0 ||
  [view.from, view.to, view.least, view.most].some((value) => value !== null) ||
  view.text !== '';

/** Read an address; whatever has not the expected form is passed over. */
export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  const asked = new URLSearchParams(query);
  const language = asked.get('lang');
  return {
    page: parsePage(path),
    view: parseView(asked),
    language: language === 'en' || language === 'fr' ? language : null,
  };
}

function parsePage(path: string): Page {
  const [name = '', id = '', ...rest] = path.split('/').filter(Boolean);
  if (name === '') return { name: 'explore' };
  if ((name === 'incident' || name === 'operation') && CODE.test(id) && rest.length === 0) return { name, id };
  if ((name === 'releases' || name === 'changes' || name === 'codebook') && id === '') return { name };
  return { name: 'nothing' };
}

function parseView(asked: URLSearchParams): View {
  const list = (name: string): string[] =>
    (asked.get(name) ?? '').split(',').filter((code, at, all) => CODE.test(code) && all.indexOf(code) === at);
  const date = (name: string): string | null => {
    const found = asked.get(name) ?? '';
    return DATE.test(found) && !Number.isNaN(Date.parse(found)) ? found : null;
  };
  const number = (name: string): number | null => (/^\d{1,7}$/.test(asked.get(name) ?? '') ? Number(asked.get(name)) : null);
  const [sort = '', ...isDescending] = (asked.get('sort') ?? '').split('-').reverse();
  const known = SORTS.find((name) => name === sort);
  const measure = asked.get('measure') ?? '';
  const role = asked.get('role');
  return {
    lists: {
      country: list('country'),
      tactic: list('tactic'),
      target: list('target'),
      toll: list('toll'),
      place: list('place'),
      day: list('day'),
    },
    actors: list('actor'),
    role: ROLES.find((name) => name === role) ?? null,
    from: date('from'),
    to: date('to'),
    least: number('least'),
    most: number('most'),
    text: (asked.get('q') ?? '').slice(0, LONGEST_TEXT),
    measure: CODE.test(measure) ? measure : EMPTY.measure,
    bars: asked.get('bars') === 'figure' ? 'figure' : 'incidents',
    sort: known ?? EMPTY.sort,
    descending: known ? isDescending.length > 0 : EMPTY.descending,
    map: parseMap(asked.get('map')),
    radii: asked.get('radii') === '1',
  };
}

function parseMap(text: string | null): MapView | null {
  const [latitude, longitude, zoom, ...rest] = (text ?? '').split(',').map((part) => (part === '' ? Number.NaN : Number(part)));
  if (rest.length || ![latitude, longitude, zoom].every((value) => Number.isFinite(value))) return null;
  if (Math.abs(latitude!) > 80 || Math.abs(longitude!) > 180 || zoom! < 0 || zoom! > 20) return null;
  return { latitude: latitude!, longitude: longitude!, zoom: zoom! };
}

/** The address of a page and view; what is as usual is left out. */
export function formatAddress({ page, view, language }: Address): string {
  const said: [string, string][] = [];
  const say = (name: string, value: string | number | null | false): void => {
    if (value !== null && value !== '' && value !== false) said.push([name, String(value)]);
  };
  for (const name of LIST_NAMES) say(name, view.lists[name].join(','));
  say('actor', view.actors.join(','));
  say('role', view.role);
  say('from', view.from);
  say('to', view.to);
  say('least', view.least);
  say('most', view.most);
  say('q', view.text);
  say('measure', view.measure !== EMPTY.measure && view.measure);
  say('bars', view.bars !== EMPTY.bars && view.bars);
  const isUsual = view.sort === EMPTY.sort && view.descending === EMPTY.descending;
  say('sort', !isUsual && (view.descending ? '-' : '') + view.sort);
  say('map', view.map && [view.map.latitude.toFixed(3), view.map.longitude.toFixed(3), view.map.zoom.toFixed(2)].join(','));
  say('radii', view.radii && '1');
  say('lang', language);
  const path = 'id' in page ? `/${page.name}/${page.id}` : page.name === 'explore' ? '/' : `/${page.name}`;
  const query = said.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%2C', ',')}`).join('&');
  return `#${path}${query && `?${query}`}`;
}
