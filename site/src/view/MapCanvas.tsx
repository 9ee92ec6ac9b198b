/** A map that can be moved and zoomed with mouse, touch and keyboard. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { movedBy, Projection, zoomedAt } from '../model/mercator.ts';
import type { MapView } from '../model/view.ts';
import { labelOf, useData, useWords } from './context.tsx';
import { coloursOf, countries, draw, marksAt, type Mark, type Outlines } from './draw.ts';
import { useLoaded } from './load.ts';

interface Props {
  label: string;
  marks: readonly Mark[];
  /** The view that shows everything, for a size of the canvas. */
  home: (width: number, height: number) => MapView;
  /** The view that shows what is selected, where that is not everything. */
  near?: ((width: number, height: number) => MapView) | undefined;
  view: MapView | null;
  onView?: (view: MapView | null) => void;
  onPick?: (marks: Mark[], x: number, y: number) => void;
  radii: boolean;
  highlighted: ReadonlySet<number>;
}

const MOVE = 60;

export function MapCanvas({ label, marks, home, near, view, onView, onPick, radii, highlighted }: Props) {
  const { t, language } = useWords();
  const data = useData();
  const outlines = useLoaded<Outlines>('data/outlines.json');
  const lands = useMemo(() => (outlines.state === 'there' ? countries(outlines.value) : []), [outlines.state]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const buttons = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<[number, number]>([0, 0]);
  const [theme, setTheme] = useState(0);
  const [hovered, setHovered] = useState<{ mark: Mark; more: number; x: number; y: number } | null>(null);
  const [hint, setHint] = useState(false);
  const [own, setOwn] = useState<MapView | null>(null);
  const [width, height] = size;
  const asked = onView ? view : own;
  const usual = useMemo(() => (width ? home(width, height) : null), [home, width, height]);
  const now = asked ?? usual;
  const projection = useMemo(() => (now && width ? new Projection(now, width, height) : null), [now, width, height]);
  const goTo = (next: MapView | null): void => (onView ? onView(next) : setOwn(next));

  useEffect(() => {
    const element = canvas.current!;
    const measure = (): void => setSize([element.clientWidth, element.clientHeight]);
    const recolour = (): void => setTheme((number) => number + 1);
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    window.addEventListener('theme', recolour);
    void document.fonts.ready.then(recolour);
    return () => {
      watch.disconnect();
      window.removeEventListener('theme', recolour);
    };
  }, []);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || !projection || !now) return;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
      element.width = Math.round(width * ratio);
      element.height = Math.round(height * ratio);
    }
    const list = data.codes['country'];
    draw(context, projection, width, height, now.zoom, {
      countries: lands,
      nameOf: (iso3) => labelOf(list, iso3, language),
      marks,
      radii,
      covered: cornerOf(buttons.current),
      highlighted: hovered ? new Set([...highlighted, hovered.mark.row]) : highlighted,
      colours: coloursOf(element),
    });
  }, [projection, lands, marks, radii, highlighted, hovered, language, theme]);

  const zoom = (by: number, x = width / 2, y = height / 2): void => {
    if (now) goTo(zoomedAt(now, by, x, y, width, height));
  };
  const gestures = useGestures({
    move: (dx, dy) => now && goTo(movedBy(now, dx, dy)),
    zoom,
    hover: (x, y) => {
      const found = projection && now ? marksAt(marks, projection, now.zoom, x, y, 2) : [];
      setHovered(found[0] ? { mark: found[0], more: found.length - 1, x, y } : null);
    },
    pick: (x, y, slack) => {
      if (projection && now && onPick) onPick(marksAt(marks, projection, now.zoom, x, y, slack), x, y);
    },
  });
  useEffect(() => {
    // Not passive: with Ctrl the wheel zooms the map and not the page; without, it scrolls the page.
    const element = canvas.current!;
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) {
        setHint(true);
        return;
      }
      event.preventDefault();
      setHint(false);
      const box = element.getBoundingClientRect();
      zoom(-event.deltaY * 0.004, event.clientX - box.left, event.clientY - box.top);
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  });
  useEffect(() => {
    if (!hint) return undefined;
    const end = setTimeout(() => setHint(false), 1500);
    return () => clearTimeout(end);
  }, [hint]);

  const press = (event: KeyboardEvent): void => {
    const moves: Record<string, [number, number]> = { ArrowLeft: [MOVE, 0], ArrowRight: [-MOVE, 0], ArrowUp: [0, MOVE], ArrowDown: [0, -MOVE] };
    const by = moves[event.key];
    if (by && now) goTo(movedBy(now, ...by));
    else if (event.key === '+' || event.key === '=') zoom(0.5);
    else if (event.key === '-') zoom(-0.5);
    else if (event.key === '0') goTo(null);
    else return;
    event.preventDefault();
  };
  return (
    <div class="map">
      <canvas ref={canvas} role="img" aria-label={label} tabIndex={0} onKeyDown={press} {...gestures} />
      {hovered && (
        <div class="tooltip" style={{ left: `${Math.min(hovered.x, width - 180)}px`, top: `${hovered.y}px` }} aria-hidden="true">
          <strong>
            <bdi>{hovered.mark.place || t('table.unplaced')}</bdi>
          </strong>
          {hovered.more > 0 && ` +${hovered.more}`}
        </div>
      )}
      {hint && <p class="hint">{t('map.wheel')}</p>}
      <div class="map-buttons" ref={buttons}>
        <button type="button" aria-label={t('map.in')} title={t('map.in')} onClick={() => zoom(0.7)}>
          +
        </button>
        <button type="button" aria-label={t('map.out')} title={t('map.out')} onClick={() => zoom(-0.7)}>
          −
        </button>
        <button type="button" aria-label={t('map.home')} title={t('map.home')} disabled={!asked} onClick={() => goTo(null)}>
          ⤢
        </button>
        {near && (
          <button type="button" aria-label={t('map.near')} title={t('map.near')} onClick={() => goTo(near(width, height))}>
            <svg viewBox="0 0 20 20" aria-hidden="true">
              <path d="M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4" fill="none" stroke="currentColor" stroke-width="1.6" />
              <circle cx="10" cy="10" r="2.6" fill="currentColor" />
            </svg>
          </button>
        )}
      </div>
    </div>
  );
}

/** How far the buttons reach into the map, with a little air. */
const cornerOf = (buttons: HTMLElement | null): [number, number] =>
  buttons ? [buttons.offsetLeft + buttons.offsetWidth + 4, buttons.offsetTop + buttons.offsetHeight + 4] : [0, 0];

interface Gestures {
  move: (dx: number, dy: number) => void;
  zoom: (by: number, x: number, y: number) => void;
  hover: (x: number, y: number) => void;
  pick: (x: number, y: number, slack: number) => void;
}

/** One pointer moves, two zoom, a short one picks. One finger up or down scrolls the page (CSS touch-action). */
function useGestures({ move, zoom, hover, pick }: Gestures) {
  const down = useRef(new Map<number, { x: number; y: number }>());
  const travelled = useRef(0);
  const at = (event: PointerEvent): { x: number; y: number } => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const apart = (): number => {
    const [a, b] = [...down.current.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };
  const release = (event: PointerEvent): void => {
    down.current.delete(event.pointerId);
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.pointerType === 'mouse' && event.button !== 0) return;
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      if (!down.current.size) travelled.current = 0;
      down.current.set(event.pointerId, at(event));
    },
    onPointerMove: (event: PointerEvent) => {
      const here = at(event);
      const before = down.current.get(event.pointerId);
      if (!before) {
        if (event.pointerType === 'mouse') hover(here.x, here.y);
        return;
      }
      const was = apart();
      down.current.set(event.pointerId, here);
      const [dx, dy] = [here.x - before.x, here.y - before.y];
      travelled.current += Math.hypot(dx, dy);
      if (down.current.size === 2 && was > 0) zoom(Math.log2(apart() / was), here.x, here.y);
      else if (down.current.size === 1 && travelled.current > 4) move(dx, dy);
    },
    onPointerUp: (event: PointerEvent) => {
      const here = at(event);
      const isShort = down.current.has(event.pointerId) && down.current.size === 1 && travelled.current <= 4;
      release(event);
      if (isShort) pick(here.x, here.y, event.pointerType === 'mouse' ? 2 : 8);
    },
    onPointerCancel: release,
    onPointerLeave: () => hover(-1e4, -1e4),
  };
}
