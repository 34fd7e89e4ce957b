// What every unit test gets: the DOM matchers.
import "@testing-library/jest-dom/vitest";
