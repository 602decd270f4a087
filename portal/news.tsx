import type { NewsCard } from '#edge/wire/page.ts'
import { Icon } from './icons.tsx'

export function News({ cards, heading }: { cards: NewsCard[]; heading: string }) {
  if (cards.length === 0) return null
  return (
    <section aria-labelledby="news-h">
      <h2 id="news-h">{heading}</h2>
      <ul class="news">
        {cards.map(({ id, icon, tag, title, text }) => (
          <li key={id}>
            <Icon name={icon} />
            <div>
              <p class="tag">{tag}</p>
              <h3>{title}</h3>
              <p>{text}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
