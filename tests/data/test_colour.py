"""Images in colour: their channels, all the way from files to what is kept of them."""

import io

import numpy as np
import pytest
from hue_images import HUES, make_hue_image, write_hue_images
from PIL import Image

from hirise.data import load_images, read_catalog
from hirise.data.decoding import decode, luminance
from hirise.data.features import image_features


def saved(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


RED = Image.new("RGB", (6, 4), (200, 10, 30))


def test_a_dataset_has_three_channels_if_one_image_has_colour(tmp_path):
    root = write_hue_images(tmp_path / "hues", per_class=2)
    catalog = read_catalog(root)
    assert catalog.channels == 3
    decoded = load_images(catalog, size=48)
    first = catalog.table["path"].iloc[0]
    with Image.open(root / first) as image:
        np.testing.assert_array_equal(decoded.pixels[0], np.asarray(image))


def test_grey_images_in_three_channels_are_grey(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (20, 20), dtype=np.uint8)
    for name in ("a/1.png", "b/1.jpg"):
        (tmp_path / name).parent.mkdir()
        Image.fromarray(noise).convert("RGB").save(tmp_path / name)
    assert read_catalog(tmp_path).channels == 1


def test_grey_and_colour_have_their_own_pixels_in_the_cache(tmp_path):
    catalog = read_catalog(write_hue_images(tmp_path, per_class=1))
    colour = load_images(catalog, size=16).pixels
    grey = load_images(catalog, size=16, channels=1).pixels
    assert (colour.shape, grey.shape) == ((3, 16, 16, 3), (3, 16, 16, 1))
    assert abs(luminance(colour).astype(int) - grey[..., 0]).max() <= 1


@pytest.mark.parametrize(
    ("content", "pixel"),
    [
        (saved(RED, "PNG"), (200, 10, 30)),
        (saved(RED, "WEBP", lossless=True), (200, 10, 30)),
        (saved(RED.quantize(4), "PNG"), (200, 10, 30)),
        (saved(RED.quantize(4), "GIF"), (200, 10, 30)),
        (saved(Image.new("RGBA", (6, 4), (200, 10, 30, 0)), "PNG"), (200, 10, 30)),
        (saved(Image.new("CMYK", (6, 4), (0, 255, 255, 0)), "TIFF"), (255, 0, 0)),
        (saved(Image.new("L", (6, 4), 77), "PNG"), (77, 77, 77)),
        (saved(Image.new("LA", (6, 4), (77, 9)), "PNG"), (77, 77, 77)),
        (saved(Image.new("1", (6, 4), 1), "PNG"), (255, 255, 255)),
        (saved(Image.new("I;16", (6, 4), 40_000), "PNG"), (156, 156, 156)),
        (saved(Image.new("I", (6, 4), 40_000), "TIFF"), (156, 156, 156)),
        (saved(Image.new("F", (6, 4), 0.5), "TIFF"), (128, 128, 128)),
    ],
    ids=[
        *("png", "webp", "palette", "gif", "transparent", "cmyk"),
        *("grey", "grey-alpha", "bit", "16-bit", "32-bit", "float"),
    ],
)
def test_every_kind_of_pixel_becomes_red_green_and_blue(content, pixel):
    decoded = decode(content, 4, channels=3)
    np.testing.assert_allclose(decoded[2, 2], pixel, atol=1)


def test_an_image_is_turned_upright_by_its_exif_data():
    image = Image.new("RGB", (8, 8))
    image.paste((255, 0, 0), (0, 0, 8, 4))
    # 6: the camera was held so that the first row is the right edge.
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = decode(saved(image, "PNG", exif=exif), 8, channels=3)
    assert decoded[4, 7].tolist() == [255, 0, 0]
    assert decoded[4, 0].tolist() == [0, 0, 0]


def test_of_an_animation_the_first_picture_is_taken():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("lime", "blue")]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(content, 4, channels=3)[0, 0].tolist() == [0, 255, 0]


def test_hues_of_one_brightness_are_the_same_in_grey():
    grey = [luminance(make_hue_image(hue, 1)) for hue in HUES]
    for other in grey[1:]:
        assert abs(float(other.mean()) - float(grey[0].mean())) < 0.5


def test_near_duplicates_are_searched_by_brightness(tmp_path):
    for name, hue in (("a/1.png", "amber"), ("b/1.png", "green")):
        (tmp_path / name).parent.mkdir()
        random = np.random.default_rng(5).integers(0, 120, (8, 8), dtype=np.uint8)
        rough = Image.fromarray(random).resize((64, 64), Image.Resampling.BICUBIC)
        tinted = np.asarray(rough)[..., None] + np.array(HUES[hue]) // 2
        Image.fromarray(tinted.astype(np.uint8)).save(tmp_path / name)
    features = image_features(read_catalog(tmp_path))
    away = np.bitwise_count(features["hash"][0] ^ features["hash"][1])
    assert away <= 2
