"""Looking a word up on a phone."""

from playwright.sync_api import expect

from tests.e2e.test_accessibility import assert_usable


def test_a_word_is_found_without_diacritics_and_a_link_to_another_shows_it(open_page):
    page = open_page()
    page.goto("/tu-dien")
    everything = page.locator(".entry").count()
    assert_usable(page)
    page.get_by_label("Tìm từ").fill("MAT khau")
    expect(page.locator("#mat-khau")).to_be_visible()
    expect(page.locator("#zalo-oa")).to_be_hidden()
    expect(page.locator("#van-Z")).to_be_hidden()
    assert 0 < page.locator(".entry:visible").count() < everything
    page.get_by_label("Tìm từ").fill("đường dẫn")
    expect(page.locator("#duong-dan")).to_be_visible()
    page.get_by_label("Tìm từ").fill("zzz")
    expect(page.get_by_role("status")).to_contain_text("Chưa có từ «zzz»")
    page.goto("/tu-dien#otp")
    expect(page.locator("#otp")).to_be_in_viewport()
    assert page.locator(".entry:visible").count() == everything


def test_without_scripts_all_words_are_there_and_no_search_box(browser, server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/tu-dien")
    assert page.locator(".entry:visible").count() == page.locator(".entry").count() > 0
    expect(page.get_by_label("Tìm từ")).to_be_hidden()
    context.close()
