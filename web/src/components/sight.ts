/** On a small screen the pictures are below the form: brings them into sight unless they are. */
export function showPictures(): void {
  const pictures = document.getElementById("pictures");
  if (pictures && pictures.getBoundingClientRect().top > innerHeight / 2) pictures.scrollIntoView();
}
