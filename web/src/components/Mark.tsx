/** The page's sign: a brush whose tip burns. */
export function Mark() {
  return (
    <svg class="mark" viewBox="3.4 3.6 25.4 25.4" aria-hidden="true">
      <g transform="rotate(38 16 16)">
        <path
          class="mark-flame"
          d="M16.4 0.5c.4 4.4 6.3 7 6.3 12.6 0 3.6-2.9 6-6.7 6s-6.7-2.4-6.7-6c0-2.6 1.4-4.3 2.7-5.6.1 1.9.8 3 1.8 3 2 0 1-5.4 2.6-10z"
        />
        <path
          class="mark-heart"
          d="M16.3 10.2c.3 2 2.5 2.9 2.5 5.3a2.8 2.8 0 0 1-5.6 0c0-1.3.7-2 1.3-2.6.3.8.6 1 .9 1 .8 0 .4-2 .9-3.7z"
        />
        <path class="mark-handle" d="M12.6 20.3h6.8v2.2h-6.8zM13 23.6h6l-1.4 6.8a1.65 1.65 0 0 1-3.2 0z" />
      </g>
    </svg>
  );
}
