import { useEffect } from "preact/hooks";
import { usePublic } from "../state/public";
import { words } from "../words/gallery";

interface Props {
  id: string;
  /** As many as it had when it was read. */
  likes: number;
  /** Whether `likes` follows each change by itself; then whether I like it is looked up, too. */
  live?: boolean;
}

/** Likes a picture, or no more. */
export function LikeButton({ id, likes, live = false }: Props) {
  const mine = usePublic().likes;
  const liked = mine.has(id);
  const count = live ? likes : mine.countOf(id, likes);
  useEffect(() => {
    if (live) void mine.learn([id]);
  }, [mine, id, live]);
  const name = liked ? words().unlike(count) : words().like(count);
  return (
    <button
      type="button"
      class="like"
      aria-pressed={liked}
      aria-label={name}
      title={name}
      onClick={() => void mine.toggle(id, count)}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 20.3 4.4 12.9a4.9 4.9 0 0 1 0-7 5 5 0 0 1 7 0l.6.6.6-.6a5 5 0 0 1 7 0 4.9 4.9 0 0 1 0 7z" />
      </svg>
      {count > 0 && <span>{count}</span>}
    </button>
  );
}
