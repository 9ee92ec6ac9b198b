/** The explorer: loads the summary, then shows the page that the address names. */

import { useEffect, useMemo } from 'preact/hooks';
import { dataset, type Dataset, type Payload } from '../model/data.ts';
import type { Address } from '../model/view.ts';
import { Changes } from './Changes.tsx';
import { Codebook } from './Codebook.tsx';
import { DataContext, WordsContext, useWords, wordsOf } from './context.tsx';
import { Explorer } from './Explorer.tsx';
import { Frame } from './Frame.tsx';
import { Heading } from './Heading.tsx';
import { useLoaded } from './load.ts';
import { Releases } from './Releases.tsx';
import { languageOf, linkTo, useAddress } from './state.ts';
import { SubjectPage } from './Subject.tsx';
import { Waiting } from './Waiting.tsx';

export function App() {
  const address = useAddress();
  const language = languageOf(address.language);
  const words = useMemo(() => wordsOf(language), [language]);
  const loaded = useLoaded<Payload>('data/explorer.json');
  const payload = loaded.state === 'there' ? loaded.value : null;
  const data = useMemo(() => payload && dataset(payload), [payload]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <WordsContext.Provider value={words}>
      <Frame page={address.page.name} about={payload}>
        {data ? (
          <DataContext.Provider value={data}>
            <Content address={address} data={data} />
          </DataContext.Provider>
        ) : (
          <Waiting why={loaded.state === 'failed' ? loaded.why : null} />
        )}
      </Frame>
    </WordsContext.Provider>
  );
}

function Content({ address, data }: { address: Address; data: Dataset }) {
  const { t } = useWords();
  switch (address.page.name) {
    case 'explore':
      return <Explorer view={address.view} data={data} />;
    case 'incident':
    case 'operation':
      return <SubjectPage key={address.page.id} kind={address.page.name} id={address.page.id} />;
    case 'releases':
      return <Releases />;
    case 'changes':
      return <Changes />;
    case 'codebook':
      return <Codebook />;
    case 'nothing':
      return (
        <div class="sheet">
          <Heading title={t('nothing')}>{t('nothing')}</Heading>
          <a href={linkTo({ name: 'explore' })}>{t('nothing.back')}</a>
        </div>
      );
  }
}
